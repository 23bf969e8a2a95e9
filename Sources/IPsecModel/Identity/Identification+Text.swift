import Wire

extension Identification {
    /// Reads an identity as configurations and commands write it.
    ///
    /// | text | becomes |
    /// |---|---|
    /// | empty, `%any`, `%any6`, `*`, `0.0.0.0`, `::`, `0::0` | every identity |
    /// | `fqdn:…`, `email:…`, `ipv4:…`, `keyid:…`, `asn1dn:…`, `{2}:…` | what the prefix says; `#` begins hexadecimal |
    /// | with `=` | distinguished name; key ID where it cannot be read as one |
    /// | address | IPv4 or IPv6 address |
    /// | `@#…` | key ID in hexadecimal |
    /// | `@@…` | electronic mail address |
    /// | `@…` | host name, the `@` removed |
    /// | with `@` | electronic mail address |
    /// | with `:` | key ID |
    /// | anything else | host name |
    ///
    /// A value that does not fit its prefix is read as if there were none.
    package init(text: String) {
        let text = text.trimmingSpace()
        if let prefixed = Self.prefixed(text) {
            self = prefixed
        } else if Self.everyone.contains(text) {
            self = .any
        } else if text.contains("=") {
            self = Self.name(text) ?? Identification(kind: .keyID, data: Array(text.utf8))
        } else if text.hasPrefix("@") {
            self = Self.afterAt(text.dropFirst())
        } else if text.contains("@") {
            self.init(email: text)
        } else if let address = IPAddress(text) {
            self.init(address: address)
        } else {
            self.init(kind: text.contains(":") ? .keyID : .fqdn, data: Array(text.utf8))
        }
    }

    private static let everyone: Set<String> = ["", "%any", "%any6", "*", "0.0.0.0", "::", "0::0"]

    /// The DER of a name given as text.
    private static func name(_ text: some StringProtocol) -> Identification? {
        DistinguishedName(text: String(text)).map { Identification(kind: .derASN1DN, data: $0.der) }
    }

    private static func afterAt(_ text: Substring) -> Identification {
        if text.hasPrefix("#"), let octets = bytes(hexadecimal: text.dropFirst()) {
            return Identification(kind: .keyID, data: octets)
        }
        if text.hasPrefix("@") { return Identification(email: String(text.dropFirst())) }
        return Identification(fqdn: String(text))
    }

    // MARK: Prefixes

    /// Kinds by the word before a colon.
    private static let kinds: [String: Kind] = [
        "ipv4": .ipv4Address, "ipv6": .ipv6Address, "fqdn": .fqdn, "dns": .fqdn,
        "email": .rfc822Address, "rfc822": .rfc822Address, "userfqdn": .rfc822Address,
        "dn": .derASN1DN, "asn1dn": .derASN1DN, "asn1gn": .derASN1GN, "xmppaddr": .derASN1GN, "keyid": .keyID,
    ]

    /// The kind that a prefix names, and the text behind it; `nil` without a known prefix.
    static func splitPrefix(_ text: String) -> (kind: Kind, word: String, value: Substring)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let word = text[..<colon].lowercased()
        let value = text[text.index(after: colon)...]
        if word.hasPrefix("{"), word.hasSuffix("}") {
            guard let number = UInt8(word.dropFirst().dropLast()), let kind = Kind(rawValue: number), kind != .any
            else { return nil }
            return (kind, word, value)
        }
        return kinds[word].map { ($0, word, value) }
    }

    private static func prefixed(_ text: String) -> Identification? {
        guard let (kind, word, value) = splitPrefix(text) else { return nil }
        if value.hasPrefix("#"), let octets = bytes(hexadecimal: value.dropFirst()) {
            return Identification(kind: kind, data: octets).isWellFormed(octets)
        }
        switch kind {
        case .ipv4Address, .ipv6Address:
            guard let address = IPAddress(value) else { return nil }
            let identity = Identification(address: address)
            return identity.kind == kind ? identity : nil
        case .derASN1DN: return name(value)
        case .derASN1GN: return word == "xmppaddr" ? messagingAddress(value) : nil
        case .any: return nil
        case .fqdn, .rfc822Address, .keyID: return Identification(kind: kind, data: Array(value.utf8))
        }
    }

    /// Itself, unless an address has a size that addresses do not have.
    private func isWellFormed(_ octets: [UInt8]) -> Identification? {
        switch kind {
        case .ipv4Address: octets.count == 4 ? self : nil
        case .ipv6Address: octets.count == 16 ? self : nil
        default: self
        }
    }

    /// GeneralName otherName id-on-xmppAddr (RFC 6120 §13.7.1.4).
    private static func messagingAddress(_ address: Substring) -> Identification {
        let type: [UInt8] = [0x2b, 6, 1, 5, 5, 7, 8, 5]
        let value = DER.element(0xa0, DER.element(DER.Tag.utf8String, Array(address.utf8)))
        let name = DER.element(0xa0, DER.element(DER.Tag.objectIdentifier, type) + value)
        return Identification(kind: .derASN1GN, data: name)
    }
}

extension Identification: CustomStringConvertible {
    /// The identity as logs and listings show it; control characters never get through.
    package var description: String {
        switch kind {
        case .any: "%any"
        case .ipv4Address, .ipv6Address: IPAddress(bytes: data)?.description ?? "(invalid \(kind))"
        case .fqdn, .rfc822Address: printable
        case .derASN1DN: DistinguishedName(der: data)?.description ?? "(invalid DN)"
        case .derASN1GN: "(ASN.1 general name \(hexadecimal(data)))"
        case .keyID: isReadable ? printable : hexadecimal(data, separator: ":")
        }
    }

    private var isReadable: Bool { !data.isEmpty && data.allSatisfy { (0x20...0x7e).contains($0) } }

    private var printable: String {
        var text = ""
        for scalar in String(decoding: data, as: UTF8.self).unicodeScalars {
            if scalar.properties.generalCategory == .control {
                text += "?"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private func hexadecimal(_ octets: [UInt8], separator: String) -> String {
        octets.map { Wire.hexadecimal([$0]) }.joined(separator: separator)
    }

    private func hexadecimal(_ octets: [UInt8]) -> String { Wire.hexadecimal(octets) }
}

extension String {
    fileprivate func trimmingSpace() -> String {
        var text = drop(while: \.isWhitespace)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
