import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// CERT and CERTREQ payloads of IKE_AUTH (RFC 7296 §3.6, §3.7).
enum CertificateExchange {
    /// The own certificate and its intermediates, as `send_cert` says.
    static func write(
        _ credential: LocalCredential?, _ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn
    ) {
        guard let credential, !credential.chain.isEmpty else { return }
        switch sa.peer.sendCertificate {
        case .never: return
        case .ifAsked where sa.handshake?.peerAsksForCertificate != true: return
        default: break
        }
        for (index, der) in credential.chain.enumerated() {
            sa.log(&turn, .ike) {
                index == 0 ? "sending end entity cert \"\(credential.identity)\"" : "sending issuer cert (\(der.count) bytes)"
            }
            message.add(.certificate) { CertificatePayload(encoding: .x509Signature, data: der).write(to: &$0) }
        }
    }

    /// Asks for certificates of the CAs that the connection accepts.
    static func writeRequest(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) {
        guard sa.peer.sendCertificateRequest, sa.peer.remote.contains(where: { $0.method == .pubkey }) else { return }
        let authorities = sa.environment.credentials.acceptedAuthorities(for: sa.peer.remote.first)
        guard !authorities.isEmpty else { return }
        sa.log(&turn, .ike) { "sending cert request for \(authorities.count) CA\(authorities.count == 1 ? "" : "s")" }
        message.add(.certificateRequest) { CertificateRequestPayload(authorities: authorities).write(to: &$0) }
    }

    static func read(_ contents: MessageContents, into sa: IKEv2SA) {
        guard !contents.certificateRequests.isEmpty else { return }
        sa.handshake?.peerAsksForCertificate = true
        sa.handshake?.requestedAuthorities += contents.certificateRequests.flatMap(\.authorities)
    }
}
