import IPsecModel

/// Reads `filelog`, `syslog` and `journal`.
///
///     filelog { <name> { path = /var/log/swand.log  default = 1  ike = 2  append = no … } }
///     syslog  { identifier = swand  daemon { … }  auth { … } }
///     journal { default = 1  ike = 2 }
struct DaemonLogReader {
    static let sections = ["filelog", "syslog", "journal"]

    private(set) var diagnostics: [Diagnostic] = []

    mutating func read(_ section: SettingsSection) -> [LogTarget] {
        switch section.name {
        case "filelog": section.sections.map { readFile($0) }
        case "syslog": readSyslog(section)
        default: [readTarget(section, into: LogTarget(.journal))]
        }
    }

    private mutating func readFile(_ section: SettingsSection) -> LogTarget {
        let destination: LogTarget.Destination =
            switch section.name {
            case "stdout": .standardOutput
            case "stderr": .standardError
            default: .file(path: section.text("path") ?? section.name)
            }
        return readTarget(section, into: LogTarget(destination))
    }

    private mutating func readSyslog(_ section: SettingsSection) -> [LogTarget] {
        for (key, value) in section.values where key != "identifier" {
            reportUnknown(key, value, among: ["identifier"])
        }
        return section.sections.map { inner in
            if inner.name != "daemon", inner.name != "auth" {
                report(
                    .warning, inner.location, "'\(inner.name)' is no syslog facility that is offered",
                    "use daemon or auth")
            }
            var target = LogTarget(.syslog(facility: inner.name == "auth" ? "auth" : "daemon"))
            target.identifier = section.text("identifier")
            return readTarget(inner, into: target)
        }
    }

    private mutating func readTarget(_ section: SettingsSection, into start: LogTarget) -> LogTarget {
        var target = start
        for (key, value) in section.values {
            do throws(ValueError) {
                if try !apply(key, value.text, to: &target) { reportUnknown(key, value, among: Self.keys) }
            } catch {
                let text = error.message.contains("'") ? error.message : "'\(value.text)' \(error.message)"
                report(.error, value.location, "\(section.name).\(key): \(text)", error.suggestion)
            }
        }
        return target
    }

    private static let keys =
        [
            "default", "path", "append", "flush_line", "ike_name", "log_level", "json", "time_format", "time_precision",
            "time_add_ms", "map_level", "identifier",
        ] + DaemonSettings.logGroups

    private func apply(_ key: String, _ text: String, to target: inout LogTarget) throws(ValueError) -> Bool {
        switch key {
        case "default": target.defaultLevel = try DaemonSettings.logLevel(text)
        case "path": break  // read with the section's name
        case "append": target.append = try Value.boolean(text)
        case "flush_line": target.flushLine = try Value.boolean(text)
        case "ike_name": target.ikeName = try Value.boolean(text)
        case "log_level": target.logLevel = try Value.boolean(text)
        case "json": target.json = try Value.boolean(text)
        case "time_format": target.timeFormat = text
        case "time_precision":
            target.timePrecision = try Value.word(
                text, ["": .seconds, "s": .seconds, "ms": .milliseconds, "us": .microseconds])
        case "time_add_ms": target.timePrecision = try Value.boolean(text) ? .milliseconds : .seconds
        case "map_level": target.mapLevel = try Self.mapsLevel(text)
        case "identifier": target.identifier = text
        case let group where DaemonSettings.logGroups.contains(group):
            target.levels[group] = try DaemonSettings.logLevel(text)
        default: return false
        }
        return true
    }

    /// A switch, or the level (0 to 7) with which messages are mapped.
    private static func mapsLevel(_ text: String) throws(ValueError) -> Bool {
        if let level = Int(text), (-1...7).contains(level) { return level >= 0 }
        return try Value.boolean(text)
    }

    private mutating func reportUnknown(_ key: String, _ value: SettingsValue, among keys: [String]) {
        report(
            .warning, value.location, "'\(key)' is neither a log group nor a setting of a log",
            closestName(to: key, among: keys).map { "did you mean '\($0)'?" })
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ location: SourceLocation, _ message: String, _ suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(severity, ConfigurationError(location: location, message: message, suggestion: suggestion)))
    }
}
