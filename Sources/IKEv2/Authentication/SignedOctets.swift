import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// What AUTH payloads are computed over (RFC 7296 §2.15):
///
///     own IKE_SA_INIT message | the other side's nonce | prf(SK_p, body of the own ID payload) | [IntAuth]
///
/// IntAuth stands for the IKE_INTERMEDIATE exchanges, where there were any (RFC 9242 §3.3.2).
struct SignedOctets {
    let local: Bool
    let bytes: [UInt8]

    /// - Parameter local: our own AUTH, otherwise the peer's.
    init?(_ sa: IKEv2SA, local: Bool, identity: IDPayload) {
        guard let keys = sa.keys, let handshake = sa.handshake else { return nil }
        let byInitiator = local == sa.isInitiator
        let message = byInitiator ? handshake.initRequest : handshake.initResponse
        let nonce = byInitiator ? handshake.responderNonce : handshake.initiatorNonce
        let key = local ? keys.skPLocal : keys.skPRemote
        guard let mac = try? sa.environment.crypto.prf(keys.prf, key: key, identity.body) else { return nil }
        self.local = local
        bytes = message + nonce + mac.withUnsafeBytes { Array($0) } + handshake.intermediate.signedOctets
    }
}
