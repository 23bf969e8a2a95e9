/// How the relative names of a distinguished name are compared with those of a configuration (`rdn_matching`).
package enum NameMatching: Sendable, Equatable {
    /// All of them, in order: two names with the same parts in another order are two subjects.
    case strict
    /// All of them, in any order.
    case reordered
    /// In any order; those that the configuration leaves out count as wildcards.
    case relaxed
}

extension DistinguishedName {
    /// How many of the pattern's values are `*`, if every attribute agrees; `nil` if one does not.
    package func wildcards(matching pattern: DistinguishedName, _ matching: NameMatching = .strict) -> Int? {
        guard matching == .strict else { return wildcardsInAnyOrder(pattern, maySkip: matching == .relaxed) }
        guard relativeNames.count == pattern.relativeNames.count else { return nil }
        var wildcards = 0
        for (own, expected) in zip(relativeNames, pattern.relativeNames) {
            guard let count = Self.wildcards(own, expected) else { return nil }
            wildcards += count
        }
        return wildcards
    }

    /// Exact parts of the pattern choose first, so that a wildcard does not take what another part needs.
    private func wildcardsInAnyOrder(_ pattern: DistinguishedName, maySkip: Bool) -> Int? {
        var rest = relativeNames
        var wildcards = 0
        let isExact = { (name: [Attribute]) in !name.contains { $0.text == "*" } }
        for expected in pattern.relativeNames.filter(isExact) + pattern.relativeNames.filter({ !isExact($0) }) {
            guard let place = rest.firstIndex(where: { Self.wildcards($0, expected) != nil }) else { return nil }
            wildcards += Self.wildcards(rest.remove(at: place), expected) ?? 0
        }
        guard rest.isEmpty || maySkip else { return nil }
        return wildcards + rest.count
    }

    private static func wildcards(_ own: [Attribute], _ expected: [Attribute]) -> Int? {
        guard own.count == expected.count else { return nil }
        var wildcards = 0
        for (attribute, model) in zip(own, expected) {
            guard attribute.type == model.type else { return nil }
            if model.text == "*" {
                wildcards += 1
            } else if !attribute.hasSameValue(as: model) {
                return nil
            }
        }
        return wildcards
    }

    /// The name with all text in UTF-8 and lower case.
    package var canonical: DistinguishedName {
        DistinguishedName(
            relativeNames: relativeNames.map { attributes in
                attributes.map { attribute in
                    guard let text = attribute.text else { return attribute }
                    return Attribute(type: attribute.type, tag: DER.Tag.utf8String, value: text.utf8.map(asciiFolded))
                }
            })
    }

    var hasWildcards: Bool { relativeNames.joined().contains { $0.text == "*" } }

    /// Equality of names, without wildcards.
    package func isSameName(as other: DistinguishedName) -> Bool {
        guard relativeNames.count == other.relativeNames.count else { return false }
        return zip(relativeNames, other.relativeNames).allSatisfy { own, expected in
            own.count == expected.count
                && zip(own, expected).allSatisfy { $0.type == $1.type && $0.hasSameValue(as: $1) }
        }
    }
}

extension DistinguishedName.Attribute {
    fileprivate func hasSameValue(as other: Self) -> Bool {
        if tag == other.tag, value == other.value { return true }
        guard let text, let otherText = other.text else { return false }
        return text.equalsIgnoringASCIICase(otherText)
    }
}

extension StringProtocol {
    /// Compares UTF-8, folding the 26 letters only: no locale, no Unicode folding that could join two identities.
    package func equalsIgnoringASCIICase(_ other: some StringProtocol) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { asciiFolded($0) == asciiFolded($1) }
    }
}

func asciiFolded(_ octet: UInt8) -> UInt8 { (0x41...0x5a).contains(octet) ? octet | 0x20 : octet }
