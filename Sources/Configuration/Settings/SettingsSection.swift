/// A value of a settings file and where it stands.
package struct SettingsValue: Hashable, Sendable {
    /// The value with quotes removed and escapes replaced.
    package var text: String
    /// Where the value's key stands.
    package var location: SourceLocation

    package init(text: String, location: SourceLocation) {
        self.text = text
        self.location = location
    }
}

/// A section of a settings file after includes, repetitions and references are resolved.
///
/// Keys and section names are unique within a section and keep the order in which they first appeared; what a section
/// inherits comes after what it says itself. Keys that were cleared (`key =`) are absent.
package struct SettingsSection: Sendable {
    /// The section's name; empty for the whole file.
    package var name: String
    /// Where the section was first opened.
    package var location: SourceLocation
    package var values: [(key: String, value: SettingsValue)]
    package var sections: [SettingsSection]

    package init(
        name: String, location: SourceLocation, values: [(key: String, value: SettingsValue)] = [],
        sections: [SettingsSection] = []
    ) {
        self.name = name
        self.location = location
        self.values = values
        self.sections = sections
    }

    /// The value of a key.
    package func value(_ key: String) -> SettingsValue? {
        values.first { $0.key == key }?.value
    }

    /// The text of a key's value.
    package func text(_ key: String) -> String? { value(key)?.text }

    /// The section at a path of names below this one.
    package func section(_ path: String...) -> SettingsSection? {
        var current = self
        for name in path {
            guard let next = current.sections.first(where: { $0.name == name }) else { return nil }
            current = next
        }
        return current
    }
}
