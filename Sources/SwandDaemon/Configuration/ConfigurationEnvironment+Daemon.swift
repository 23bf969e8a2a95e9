package import Configuration
package import CryptoInterface
package import IKESA
import IPsecModel
import PKI
import XFRM

extension ConfigurationEnvironment {
    /// What this machine and this build can do.
    package static func daemon(
        crypto: any CryptoProvider, kernel: any Kernel, replayWindow: UInt32
    ) -> ConfigurationEnvironment {
        ConfigurationEnvironment(
            isLocal: { kernel.isLocal($0) },
            certificateSubject: { try? Certificate(der: $0).subject },
            certificateConfirms: { (try? Certificate(der: $0))?.confirms($1) ?? false },
            supports: { protocolID, transform in
                protocolID == .ike || transform.type.isKeyExchange
                    ? crypto.supports(transform) : KernelAlgorithm.supports(transform)
            },
            replayWindow: replayWindow)
    }
}

extension KernelAlgorithm {
    /// Whether the kernel has a name for an algorithm of ESP or AH.
    fileprivate static func supports(_ transform: Transform) -> Bool {
        switch transform.type {
        case .encryption:
            let algorithm = EncryptionAlgorithm(rawValue: transform.id)
            return cipher(algorithm) != nil || aead(algorithm) != nil
        case .integrity:
            let algorithm = IntegrityAlgorithm(rawValue: transform.id)
            return algorithm == .none || mac(algorithm) != nil
        default: return true
        }
    }
}
