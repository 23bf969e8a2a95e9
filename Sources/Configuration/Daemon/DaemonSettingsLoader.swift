import IPsecModel

/// The daemon's settings, where they came from, and what there is to tell about them.
package struct LoadedDaemonSettings: Sendable {
    package var settings = DaemonSettings()
    /// The file that was read; `nil` where there is none and all defaults hold.
    package var file: String?
    package var diagnostics: [Diagnostic] = []

    package init() {}
}

extension DaemonSettings {
    /// Reads `swand.conf`, or where that is missing a strongswan.conf.
    ///
    /// Of the sections `swand`, `charon-systemd` and `charon` the first that has a key decides it. In swand.conf an
    /// unknown key is a warning; a strongswan.conf has much that concerns other programs, and it is not mentioned. A
    /// wrong value is an error and leaves the default.
    /// - Parameter strongswan: `$STRONGSWAN_CONF`, or `/etc/strongswan.conf`.
    package static func load(
        path: String = "/etc/swand.conf", strongswan: String = "/etc/strongswan.conf", files: any ConfigurationFiles
    ) -> LoadedDaemonSettings {
        for (path, isOurs) in [(path, true), (strongswan, false)] where !files.glob(path).isEmpty {
            return load(file: path, isOurs: isOurs, files: files)
        }
        return LoadedDaemonSettings()
    }

    /// Reads one file.
    /// - Parameter isOurs: whether unknown keys are worth a warning.
    package static func load(file: String, isOurs: Bool, files: any ConfigurationFiles) -> LoadedDaemonSettings {
        var loader = DaemonSettingsLoader(isOurs: isOurs)
        loader.result.file = file
        do throws(ConfigurationError) {
            let root = try SettingsParser.parse(path: file, files: files) { loader.report(.warning, $0) }
            loader.read(root)
        } catch {
            loader.report(.error, error)
        }
        return loader.result
    }
}

/// Walks over the sections that concern us.
struct DaemonSettingsLoader {
    var result = LoadedDaemonSettings()
    private let isOurs: Bool
    /// Keys that an earlier section decided.
    private var decided: Set<String> = []

    private static let sections = ["swand", "charon-systemd", "charon"]

    init(isOurs: Bool) { self.isOurs = isOurs }

    mutating func read(_ root: SettingsSection) {
        for name in Self.sections {
            guard let section = root.section(name) else { continue }
            readKeys(section, prefix: "")
            readLogs(section)
        }
        if isOurs {
            for section in root.sections where !Self.sections.contains(section.name) {
                report(
                    .warning, section.location, "section '\(section.name)' is not read",
                    closestName(to: section.name, among: Self.sections).map { "did you mean '\($0)'?" }
                        ?? "settings stand in a section 'swand'")
            }
        }
        checkRanges(root)
    }

    private mutating func readKeys(_ section: SettingsSection, prefix: String) {
        for (key, value) in section.values { readKey(prefix + key, value) }
        for inner in section.sections where !(prefix.isEmpty && DaemonLogReader.sections.contains(inner.name)) {
            readKeys(inner, prefix: prefix + inner.name + ".")
        }
    }

    private mutating func readKey(_ path: String, _ value: SettingsValue) {
        guard decided.insert(path).inserted else { return }
        if let set = DaemonSettingsKeys.setters[path] {
            do throws(ValueError) {
                try set(&result.settings, value.text)
            } catch {
                let text = error.message.contains("'") ? error.message : "'\(value.text)' \(error.message)"
                report(.error, value.location, "\(path): \(text)", error.suggestion)
            }
        } else if DaemonSettingsKeys.ineffective.contains(path) || isIneffectiveSection(path) {
            // `load = yes` stands in every file below strongswan.d/charon and asks for nothing.
            if !path.hasSuffix(".load") { report(.warning, value.location, "'\(path)' has no effect yet") }
        } else if isOurs {
            report(
                .warning, value.location, "'\(path)' is not a setting",
                closestName(to: path, among: DaemonSettingsKeys.setters.keys.sorted()).map { "did you mean '\($0)'?" })
        }
    }

    private func isIneffectiveSection(_ path: String) -> Bool {
        DaemonSettingsKeys.ineffectiveSections.contains { path.hasPrefix($0 + ".") }
    }

    private mutating func readLogs(_ section: SettingsSection) {
        for name in DaemonLogReader.sections where decided.insert("section " + name).inserted {
            guard let logs = section.section(name) else {
                decided.remove("section " + name)
                continue
            }
            var reader = DaemonLogReader()
            result.settings.logs += reader.read(logs)
            result.diagnostics += reader.diagnostics
        }
    }

    private mutating func checkRanges(_ root: SettingsSection) {
        let settings = result.settings
        guard settings.spiMinimum >= 0x100, settings.spiMinimum < settings.spiMaximum else {
            let place =
                Self.sections.lazy.compactMap { root.section($0) }
                .compactMap { $0.value("spi_min") ?? $0.value("spi_max") }.first?.location ?? root.location
            report(.error, place, "spi_min and spi_max are no range above 0xff", "leave both out")
            (result.settings.spiMinimum, result.settings.spiMaximum) = (
                DaemonSettings().spiMinimum, DaemonSettings().spiMaximum
            )
            return
        }
    }

    mutating func report(_ severity: Diagnostic.Severity, _ error: ConfigurationError) {
        result.diagnostics.append(Diagnostic(severity, error))
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ location: SourceLocation, _ message: String, _ suggestion: String? = nil
    ) {
        report(severity, ConfigurationError(location: location, message: message, suggestion: suggestion))
    }
}
