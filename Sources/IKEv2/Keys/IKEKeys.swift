import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// The keys of an established IKE_SA (RFC 7296 §2.14), as this side uses them.
struct IKEKeys: Sendable {
    let protection: MessageProtection
    let prf: PRFAlgorithm
    /// From which the keys of CHILD_SAs and of the next IKE_SA come.
    private(set) var skD: SecretBytes
    let outbound: DirectionKeys
    let inbound: DirectionKeys
    /// SK_p of this side and of the peer; needed until both are authenticated.
    private(set) var skPLocal: SecretBytes
    private(set) var skPRemote: SecretBytes

    init(
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

    /// Both sides are authenticated: SK_p has served.
    mutating func forgetAuthenticationKeys() {
        skPLocal = .empty
        skPRemote = .empty
    }
}
