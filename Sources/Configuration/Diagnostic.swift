/// Something that reading a configuration has to tell: an error that cost a section, or a warning that cost nothing.
package struct Diagnostic: Hashable, Sendable {
    package enum Severity: String, Sendable {
        case warning
        case error
    }

    package var severity: Severity
    package var problem: ConfigurationError
    /// The section that is affected: `conn office`; empty where it is the whole file.
    package var section: String

    package init(_ severity: Severity, _ problem: ConfigurationError, section: String = "") {
        self.severity = severity
        self.problem = problem
        self.section = section
    }

    package var location: SourceLocation { problem.location }
    package var message: String { problem.message }
    package var suggestion: String? { problem.suggestion }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: warning: message (suggestion)`
    package var description: String {
        let hint = problem.suggestion.map { " (\($0))" } ?? ""
        return "\(problem.location): \(severity.rawValue): \(problem.message)\(hint)"
    }
}
