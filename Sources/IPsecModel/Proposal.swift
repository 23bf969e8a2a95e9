/// A set of algorithms of which the responder picks one of each type (RFC 7296 §3.3).
package struct Proposal: Hashable, Sendable {
    /// Position in the SA payload, from 1; 0 in configurations.
    package var number: UInt8
    package var protocolID: SecurityProtocol
    /// Empty in IKE_SA_INIT, otherwise the sender's inbound SPI.
    package var spi: [UInt8]
    /// In order of preference within each type.
    package var transforms: [Transform]

    package init(
        number: UInt8 = 0, protocolID: SecurityProtocol, spi: [UInt8] = [], transforms: [Transform]
    ) {
        self.number = number
        self.protocolID = protocolID
        self.spi = spi
        self.transforms = transforms
    }

    package func transforms(_ type: TransformType) -> [Transform] { transforms.filter { $0.type == type } }

    package func first(_ type: TransformType) -> Transform? { transforms.first { $0.type == type } }

    package var encryption: Transform? { first(.encryption) }
    package var prf: PRFAlgorithm? { first(.prf).map { PRFAlgorithm(rawValue: $0.id) } }
    /// `nil` where none was negotiated (an AEAD cipher).
    package var integrity: IntegrityAlgorithm? {
        first(.integrity).map { IntegrityAlgorithm(rawValue: $0.id) }.flatMap { $0 == .none ? nil : $0 }
    }
    package var keyExchange: KeyExchangeMethod? {
        first(.keyExchange).map { KeyExchangeMethod(rawValue: $0.id) }.flatMap { $0 == .none ? nil : $0 }
    }
    package var usesExtendedSequenceNumbers: Bool {
        first(.extendedSequenceNumbers)?.id == ExtendedSequenceNumbers.yes.rawValue
    }
}
