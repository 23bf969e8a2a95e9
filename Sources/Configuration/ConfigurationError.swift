/// What is wrong in a configuration, where, and what to write instead.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var location: SourceLocation
    /// One sentence without a final point.
    package var message: String
    /// What to change, when that can be told.
    package var suggestion: String?

    package init(location: SourceLocation, message: String, suggestion: String? = nil) {
        self.location = location
        self.message = message
        self.suggestion = suggestion
    }

    /// `file:line:column: message (suggestion)`
    package var description: String {
        suggestion.map { "\(location): \(message) (\($0))" } ?? "\(location): \(message)"
    }
}
