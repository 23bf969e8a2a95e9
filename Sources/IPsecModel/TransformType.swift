/// What a transform is for (RFC 7296 §3.3.2, RFC 9370 §2.2.1).
package enum TransformType: UInt8, Hashable, Sendable, CaseIterable {
    case encryption = 1
    case prf = 2
    case integrity = 3
    case keyExchange = 4
    case extendedSequenceNumbers = 5
    case additionalKeyExchange1 = 6
    case additionalKeyExchange2 = 7
    case additionalKeyExchange3 = 8
    case additionalKeyExchange4 = 9
    case additionalKeyExchange5 = 10
    case additionalKeyExchange6 = 11
    case additionalKeyExchange7 = 12

    package var isKeyExchange: Bool { self == .keyExchange || rawValue >= 6 }
}

/// The protocol that an SA or a proposal is for (RFC 7296 §3.3.1).
package enum SecurityProtocol: UInt8, Hashable, Sendable {
    case ike = 1
    case ah = 2
    case esp = 3

    package var name: String {
        switch self {
        case .ike: "IKE"
        case .ah: "AH"
        case .esp: "ESP"
        }
    }

    /// Octets of an SPI in a proposal of this protocol.
    package var spiSize: Int { self == .ike ? 8 : 4 }
}
