/// An identity in a form that hashes equal for everything ``Identification/isSame(as:)`` calls the same, or nearly so:
/// case and the string types of distinguished names do not count. A hash key, never a decision.
package struct IdentityKey: Hashable, Sendable {
    private let kind: Identification.Kind
    private let bytes: [UInt8]

    package init(_ identity: Identification) {
        kind = identity.kind
        switch identity.kind {
        case .fqdn, .rfc822Address: bytes = identity.data.map(Self.folded)
        case .derASN1DN: bytes = identity.description.utf8.map(Self.folded)
        default: bytes = identity.data
        }
    }

    private static func folded(_ octet: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet) ? octet | 0x20 : octet
    }
}
