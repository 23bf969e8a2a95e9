import Configuration

/// Where in the file the daemon's complaint about a section belongs: the daemon names the key and never sees the file.
enum FaultLocation {
    /// The place of the key that the reason names, by its path or its name alone; otherwise that of the section.
    static func find(_ reason: String, in section: SettingsSection) -> SourceLocation {
        let words = Set(
            reason.split { !($0.isLetter || $0.isNumber || "_-.".contains($0)) }.map(String.init))
        let keys = allKeys(of: section, below: "")
        let found = keys.first { words.contains($0.path) } ?? keys.first { words.contains($0.name) }
        return found?.location ?? section.location
    }

    private struct Key {
        let path: String
        let name: String
        let location: SourceLocation
    }

    private static func allKeys(of section: SettingsSection, below path: String) -> [Key] {
        section.values.map { Key(path: path + $0.key, name: $0.key, location: $0.value.location) }
            + section.sections.flatMap { allKeys(of: $0, below: path + $0.name + ".") }
    }
}
