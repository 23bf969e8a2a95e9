package import CryptoInterface
package import IPsecModel

/// The keys of an established IKE_SA (RFC 7296 §2.14), as this side uses them.
package struct IKEKeys: Sendable {
    package let protection: MessageProtection
    package let prf: PRFAlgorithm
    /// From which the keys of CHILD_SAs and of the next IKE_SA come.
    package private(set) var skD: SecretBytes
    package let outbound: DirectionKeys
    package let inbound: DirectionKeys
    /// SK_p of this side and of the peer; needed until both are authenticated.
    package private(set) var skPLocal: SecretBytes
    package private(set) var skPRemote: SecretBytes

    package init(
        protection: MessageProtection, prf: PRFAlgorithm, skD: SecretBytes, outbound: DirectionKeys,
        inbound: DirectionKeys, skPLocal: SecretBytes, skPRemote: SecretBytes
    ) {
        self.protection = protection
        self.prf = prf
        self.skD = skD
        self.outbound = outbound
        self.inbound = inbound
        self.skPLocal = skPLocal
        self.skPRemote = skPRemote
    }
}
