/// One algorithm of a proposal: what it is for, its number, and a key length where the number leaves it open
/// (RFC 7296 §3.3.2).
package struct Transform: Hashable, Sendable {
    package var type: TransformType
    package var id: UInt16
    /// Bits; only for ciphers with keys of several lengths.
    package var keyLength: UInt16?

    package init(type: TransformType, id: UInt16, keyLength: UInt16? = nil) {
        self.type = type
        self.id = id
        self.keyLength = keyLength
    }

    package static func encryption(_ algorithm: EncryptionAlgorithm, _ keyLength: UInt16? = nil) -> Transform {
        Transform(type: .encryption, id: algorithm.rawValue, keyLength: keyLength)
    }

    package static func prf(_ algorithm: PRFAlgorithm) -> Transform {
        Transform(type: .prf, id: algorithm.rawValue)
    }

    package static func integrity(_ algorithm: IntegrityAlgorithm) -> Transform {
        Transform(type: .integrity, id: algorithm.rawValue)
    }

    package static func keyExchange(_ method: KeyExchangeMethod) -> Transform {
        Transform(type: .keyExchange, id: method.rawValue)
    }

    package static func extendedSequenceNumbers(_ value: ExtendedSequenceNumbers) -> Transform {
        Transform(type: .extendedSequenceNumbers, id: value.rawValue)
    }
}
