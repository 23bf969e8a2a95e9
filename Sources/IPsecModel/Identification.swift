/// The identity of a peer as it stands in an ID payload (RFC 7296 §3.5).
package struct Identification: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// Not on the wire: matches every identity (`%any`).
        case any = 0
        case ipv4Address = 1
        case fqdn = 2
        case rfc822Address = 3
        case ipv6Address = 5
        case derASN1DN = 9
        case derASN1GN = 10
        case keyID = 11
    }

    package var kind: Kind
    /// Address octets, text without a final zero, DER, or opaque octets, as `kind` says.
    package var data: [UInt8]

    package init(kind: Kind, data: [UInt8]) {
        self.kind = kind
        self.data = data
    }

    package static let any = Identification(kind: .any, data: [])

    package init(address: IPAddress) {
        kind = address.family == .v4 ? .ipv4Address : .ipv6Address
        data = address.bytes
    }

    package init(fqdn: String) { self.init(kind: .fqdn, data: Array(fqdn.utf8)) }
    package init(email: String) { self.init(kind: .rfc822Address, data: Array(email.utf8)) }
}
