import IPsecModel

/// Gives every section what it inherits: its own keys first, then those of `also`, then those of `%default`.
///
/// The order of the sections in the file does not matter. Within one section the last of two equal keys counts. An
/// empty value takes an inherited one away.
struct IPsecConfResolver {
    private let sections: [IPsecConfSection]
    private(set) var diagnostics: [Diagnostic] = []

    init(sections: [IPsecConfSection]) { self.sections = sections }

    /// Every section of a kind except `%default`, complete; broken ones, and those that refer to broken or unknown
    /// ones, are left out and reported.
    mutating func resolve(_ kind: IPsecConfSection.Kind) -> [IPsecConfSection] {
        let shared = sections.first { $0.kind == kind && $0.isDefault }.map { withoutUnknownKeywords($0) }
        return sections.filter { $0.kind == kind && !$0.isDefault }.compactMap { resolve($0, shared: shared) }
    }

    /// A keyword of `%default` that nobody knows is an error of that section; it does not take down all that inherit.
    private mutating func withoutUnknownKeywords(_ shared: IPsecConfSection) -> IPsecConfSection {
        var known = shared
        known.entries.removeAll { entry in
            guard IPsecConfKeywords.status(of: entry.key, in: shared.kind) == nil else { return false }
            let problem = IPsecConfKeywords.unknown(entry, in: shared.kind)
            diagnostics.append(Diagnostic(.error, problem, section: shared.title))
            return true
        }
        return known
    }

    private mutating func resolve(_ section: IPsecConfSection, shared: IPsecConfSection?) -> IPsecConfSection? {
        guard !section.isBroken else { return nil }
        var layers: [IPsecConfSection] = []
        guard add(section, to: &layers, for: section) else { return nil }
        if let shared {
            guard !shared.isBroken else {
                report(section, at: shared.location, "\(section.title) inherits from \(shared.title), which has errors")
                return nil
            }
            guard add(shared, to: &layers, for: section) else { return nil }
        }
        var result = section
        result.entries = Self.merge(layers)
        return result
    }

    /// Appends a section and, behind it, what it refers to. A section is only ever there once, so that circles end.
    ///
    /// - Parameter path: names of the sections that led here.
    private mutating func add(
        _ section: IPsecConfSection, to layers: inout [IPsecConfSection], for owner: IPsecConfSection,
        path: [String] = []
    ) -> Bool {
        guard !layers.contains(where: { $0.name == section.name }) else { return true }
        layers.append(section)
        for entry in section.entries where entry.key == "also" {
            for name in entry.value.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init) {
                guard let other = find(name, section.kind, at: entry.valueLocation, for: owner) else { return false }
                let path = path + [section.name]
                if path.contains(name) {
                    let message = "'also' leads in a circle: \((path + [name]).joined(separator: ", "))"
                    diagnostics.append(
                        Diagnostic(
                            .warning, ConfigurationError(location: entry.valueLocation, message: message),
                            section: owner.title))
                }
                guard add(other, to: &layers, for: owner, path: path) else { return false }
            }
        }
        return true
    }

    private mutating func find(
        _ name: String, _ kind: IPsecConfSection.Kind, at location: SourceLocation, for owner: IPsecConfSection
    ) -> IPsecConfSection? {
        guard let section = sections.first(where: { $0.kind == kind && $0.name == name }) else {
            let names = sections.filter { $0.kind == kind }.map(\.name)
            let suggestion = closestName(to: name, among: names).map { "did you mean '\($0)'?" }
            report(owner, at: location, "there is no '\(kind.rawValue) \(name)'", suggestion: suggestion)
            return nil
        }
        guard !section.isBroken else {
            report(owner, at: location, "'\(section.title)' has errors, and \(owner.title) includes it")
            return nil
        }
        return section
    }

    private static func merge(_ layers: [IPsecConfSection]) -> [IPsecConfEntry] {
        var seen: Set<String> = []
        var result: [IPsecConfEntry] = []
        for layer in layers {
            var last: [String: IPsecConfEntry] = [:]
            for entry in layer.entries { last[canonical(entry.key)] = entry }
            for entry in layer.entries where entry.key != "also" {
                let key = canonical(entry.key)
                guard let winner = last[key], winner.location == entry.location, seen.insert(key).inserted else {
                    continue
                }
                if !entry.value.isEmpty { result.append(entry) }
            }
        }
        return result
    }

    /// Aliases are one key: whoever says `keylife` overrides an inherited `lifetime`.
    private static func canonical(_ key: String) -> String { IPsecConfKeywords.aliases[key] ?? key }

    private mutating func report(
        _ section: IPsecConfSection, at location: SourceLocation, _ message: String, suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(
                .error, ConfigurationError(location: location, message: message, suggestion: suggestion),
                section: section.title))
    }
}
