/// Follows references: makes of every section one that stands alone.
///
/// A resolved section is a stack of layers: what was written, then what it refers to, then what that refers to. The
/// first layer that knows a key decides it, also by clearing it. A subsection's layers are the subsections of that name
/// in all layers of its parent, each with its own references.
struct SettingsResolver {
    private let root: RawSettingsSection
    private var sectionCount = 0
    private var reported: Set<SourceLocation> = []
    private(set) var warnings: [ConfigurationError] = []

    init(root: RawSettingsSection) {
        self.root = root
    }

    mutating func resolve() throws(ConfigurationError) -> SettingsSection {
        try resolve([root], depth: 0)
    }

    private mutating func resolve(
        _ layers: [RawSettingsSection], depth: Int
    ) throws(ConfigurationError) -> SettingsSection {
        var resolved = SettingsSection(name: layers[0].name, location: layers[0].location)
        sectionCount += 1
        guard depth <= SettingsParser.maximumDepth, sectionCount <= SettingsParser.maximumSections else {
            throw ConfigurationError(
                location: resolved.location, message: "references make section \(resolved.name) endless",
                suggestion: "a section cannot refer to one that contains it")
        }
        resolved.values = values(of: layers)
        for name in sectionNames(of: layers) {
            var inner: [RawSettingsSection] = []
            for layer in layers {
                guard let section = layer.section(named: name) else { continue }
                addLayers(of: section, to: &inner)
            }
            resolved.sections.append(try resolve(inner, depth: depth + 1))
        }
        return resolved
    }

    private func values(of layers: [RawSettingsSection]) -> [(key: String, value: SettingsValue)] {
        var seen: Set<String> = []
        var values: [(key: String, value: SettingsValue)] = []
        for value in layers.lazy.flatMap(\.values) where seen.insert(value.key).inserted {
            guard let text = value.text else { continue }
            values.append((value.key, SettingsValue(text: text, location: value.location)))
        }
        return values
    }

    private func sectionNames(of layers: [RawSettingsSection]) -> [String] {
        var seen: Set<String> = []
        return layers.flatMap { $0.sections.map(\.name) }.filter { seen.insert($0).inserted }
    }

    private mutating func addLayers(of section: RawSettingsSection, to layers: inout [RawSettingsSection]) {
        guard !layers.contains(where: { $0.id == section.id }) else { return }
        layers.append(section)
        for reference in section.references {
            guard let target = find(reference.path) else {
                warn(about: reference, of: section)
                continue
            }
            addLayers(of: target, to: &layers)
        }
    }

    private func find(_ path: String) -> RawSettingsSection? {
        var current = root
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let next = current.section(named: String(name)) else { return nil }
            current = next
        }
        return current
    }

    private mutating func warn(about reference: RawSettingsSection.Reference, of section: RawSettingsSection) {
        guard reported.insert(reference.location).inserted else { return }
        warnings.append(
            ConfigurationError(
                location: reference.location,
                message: "section \(section.name) refers to \(reference.path), which does not exist",
                suggestion: "references are paths from the top, as in connections.base"))
    }
}
