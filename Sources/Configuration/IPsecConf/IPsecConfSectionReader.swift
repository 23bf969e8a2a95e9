import IPsecModel

/// Reads the values of one complete section and collects everything that is wrong with it.
struct IPsecConfSectionReader {
    let section: IPsecConfSection
    private let entries: [String: IPsecConfEntry]
    private(set) var diagnostics: [Diagnostic] = []

    init(_ section: IPsecConfSection) {
        self.section = section
        entries = Dictionary(
            section.entries.map { (IPsecConfKeywords.aliases[$0.key] ?? $0.key, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// `file:line` of the section.
    var source: String { "\(section.location.file):\(section.location.line)" }

    func entry(_ key: String) -> IPsecConfEntry? { entries[key] }
    func text(_ key: String) -> String? { entries[key]?.value }

    /// The value of a key, or `fallback` where the key is absent or its value wrong, which is then reported.
    mutating func value<T>(_ key: String, _ fallback: T, _ parse: (String) throws(ValueError) -> T) -> T {
        guard let entry = entries[key] else { return fallback }
        do throws(ValueError) {
            return try parse(entry.value)
        } catch {
            report(error, of: entry)
            return fallback
        }
    }

    mutating func report(_ error: ValueError, of entry: IPsecConfEntry) {
        let text = error.message.contains("'") ? error.message : "'\(entry.value)' \(error.message)"
        report(.error, at: entry.valueLocation, "\(entry.key): \(text)", suggestion: error.suggestion)
    }

    mutating func report(
        _ severity: Diagnostic.Severity, at location: SourceLocation, _ message: String, suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                severity, ConfigurationError(location: location, message: message, suggestion: suggestion),
                section: section.title))
    }

    mutating func warn(_ key: String, _ message: String, suggestion: String? = nil) {
        report(.warning, at: entries[key]?.location ?? section.location, message, suggestion: suggestion)
    }

    /// Reports keywords that are unknown, deprecated or without effect.
    mutating func checkKeywords() {
        for entry in section.entries {
            switch IPsecConfKeywords.status(of: entry.key, in: section.kind) {
            case .effective: continue
            case .ineffective:
                guard !Self.isOff(entry) else { continue }
                report(.warning, at: entry.location, "'\(entry.key)' has no effect yet")
            case .deprecated:
                report(
                    .warning, at: entry.location, "'\(entry.key)' is deprecated and has no effect",
                    suggestion: "remove it")
            case nil:
                diagnostics.append(
                    Diagnostic(.error, IPsecConfKeywords.unknown(entry, in: section.kind), section: section.title))
            }
        }
    }

    /// Whether the value of a keyword without effect asks for nothing.
    private static func isOff(_ entry: IPsecConfEntry) -> Bool {
        switch entry.key {
        case "modeconfig": entry.value == "pull"
        default: ["no", "never"].contains(entry.value)
        }
    }
}
