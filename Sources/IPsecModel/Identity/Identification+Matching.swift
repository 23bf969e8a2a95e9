extension Identification {
    /// How well an identity fits a pattern: higher is more specific.
    package enum MatchQuality {
        /// The pattern fits every identity.
        package static let any = 1
        /// As many wildcards as count.
        package static let mostWildcards = 2
        package static let oneWildcard = 19
        package static let perfect = 20
    }

    /// Whether both name the same subject: host names and mail addresses without regard to case, distinguished names
    /// attribute by attribute, everything else octet by octet.
    package func isSame(as other: Identification) -> Bool {
        guard kind == other.kind else { return false }
        if data == other.data { return true }
        switch kind {
        case .fqdn, .rfc822Address: return data.map(asciiFolded) == other.data.map(asciiFolded)
        case .derASN1DN:
            guard let name = DistinguishedName(der: data), let otherName = DistinguishedName(der: other.data) else {
                return false
            }
            return name.isSameName(as: otherName)
        case .any: return true
        case .ipv4Address, .ipv6Address, .derASN1GN, .keyID: return false
        }
    }

    /// The one form that all spellings of the same subject share: a key for tables. Two identities are the same where
    /// their canonical forms are equal.
    package var canonical: Identification {
        switch kind {
        case .fqdn, .rfc822Address: Identification(kind: kind, data: data.map(asciiFolded))
        case .derASN1DN: Identification(kind: kind, data: DistinguishedName(der: data)?.canonical.der ?? data)
        case .any: .any
        case .ipv4Address, .ipv6Address, .derASN1GN, .keyID: self
        }
    }

    /// Whether the identity, as a pattern, may fit others than itself.
    package var hasWildcards: Bool {
        switch kind {
        case .any: true
        case .fqdn, .rfc822Address: data.first == UInt8(ascii: "*")
        case .derASN1DN: DistinguishedName(der: data)?.hasWildcards ?? false
        case .ipv4Address, .ipv6Address, .derASN1GN, .keyID: false
        }
    }

    /// How well this identity fits `pattern`; `nil` if it does not.
    ///
    /// `*` may stand for the labels in front of a host name (`*.example.org`), for the user of a mail address
    /// (`*@example.org`), for a whole name of its kind, and for a value of a distinguished name.
    package func matches(pattern: Identification, names: NameMatching = .strict) -> Int? {
        if pattern.kind == .any { return MatchQuality.any }
        guard kind == pattern.kind else { return nil }
        if isSame(as: pattern) { return MatchQuality.perfect }
        switch kind {
        case .fqdn, .rfc822Address: return endsLike(pattern.data) ? MatchQuality.oneWildcard : nil
        case .derASN1DN: return nameQuality(pattern, names)
        case .any, .ipv4Address, .ipv6Address, .derASN1GN, .keyID: return nil
        }
    }

    private func endsLike(_ pattern: [UInt8]) -> Bool {
        guard pattern.first == UInt8(ascii: "*") else { return false }
        let ending = pattern.dropFirst()
        // `*` stands for one octet at least.
        guard data.count > ending.count else { return ending.isEmpty && !data.isEmpty }
        return zip(data.suffix(ending.count), ending).allSatisfy { asciiFolded($0) == asciiFolded($1) }
    }

    /// Whether both are distinguished names with the same parts, in an order that `names` allows; nothing may be missing.
    package func isSame(as other: Identification, names: NameMatching) -> Bool {
        guard names != .strict, kind == .derASN1DN, other.kind == .derASN1DN, !other.hasWildcards else {
            return isSame(as: other)
        }
        return nameQuality(other, .reordered) == MatchQuality.perfect
    }

    private func nameQuality(_ pattern: Identification, _ names: NameMatching) -> Int? {
        guard let name = DistinguishedName(der: data), let model = DistinguishedName(der: pattern.data),
            let wildcards = name.wildcards(matching: model, names)
        else { return nil }
        return max(MatchQuality.perfect - wildcards, MatchQuality.mostWildcards)
    }
}

extension IdentityPattern {
    /// Reads a pattern: an identity as ``Identification/init(text:)`` reads it, or a regular expression between `^` and
    /// `$` behind a prefix that says the kind (`fqdn:^(sun|moon)\.example\.org$`).
    package init(text: String) {
        if let (kind, _, value) = Identification.splitPrefix(text), value.hasPrefix("^"), value.hasSuffix("$"),
            value.count > 1
        {
            self = .regex(kind: kind, pattern: String(value))
            return
        }
        let identity = Identification(text: text)
        self = identity.kind == .any ? .any : .identity(identity)
    }

    /// How well an identity fits; `nil` if it does not, or if the expression cannot be read.
    package func matches(_ identity: Identification, names: NameMatching = .strict) -> Int? {
        switch self {
        case .any: return Identification.MatchQuality.any
        case .identity(let pattern): return identity.matches(pattern: pattern, names: names)
        case .regex(let kind, let pattern):
            guard identity.kind == kind, identity.data.count <= Self.longestForRegex,
                let expression = ExtendedExpression(pattern), expression.matches(identity.description)
            else { return nil }
            return Identification.MatchQuality.mostWildcards
        }
    }

    private static var longestForRegex: Int { 1024 }
}

extension IdentityPattern: CustomStringConvertible {
    package var description: String {
        switch self {
        case .any: "%any"
        case .identity(let identity): identity.description
        case .regex(_, let pattern): pattern
        }
    }
}
