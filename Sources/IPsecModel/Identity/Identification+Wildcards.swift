extension Identification {
    /// Whether `*` stands for something in this identity, so that it fits several peers.
    package var hasWildcards: Bool {
        switch kind {
        case .any: true
        case .fqdn, .rfc822Address: data.first == UInt8(ascii: "*")
        case .derASN1DN: data.contains(UInt8(ascii: "*"))
        default: false
        }
    }
}
