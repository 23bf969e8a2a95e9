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
            sa.log(&turn, .ike) { "sending \(Self.kind(index)) cert \"\(Self.subject(der, sa))\"" }
            message.add(.certificate) { CertificatePayload(encoding: .x509Signature, data: der).write(to: &$0) }
        }
    }

    /// Asks for certificates of the CAs that the connection accepts.
    static func writeRequest(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) {
        guard sa.peer.sendCertificateRequest, sa.peer.remote.contains(where: { $0.method == .pubkey }) else { return }
        let authorities = sa.environment.credentials.acceptedAuthorities(for: sa.peer.remote.first)
        guard !authorities.isEmpty else { return }
        for hash in authorities.prefix(mostNamed) {
            sa.log(&turn, .ike) {
                "sending cert request for \"\(sa.environment.credentials.subject(ofAuthority: hash) ?? hexadecimal(hash))\""
            }
        }
        if authorities.count > mostNamed {
            sa.log(&turn, .ike) { "sending cert request for \(authorities.count) CAs in all" }
        }
        message.add(.certificateRequest) { CertificateRequestPayload(authorities: authorities).write(to: &$0) }
    }

    static func read(_ contents: MessageContents, into sa: IKEv2SA, _ turn: inout Turn) {
        readRequests(contents, into: sa, &turn)
        let certificates = contents.certificates.filter { $0.encoding == .x509Signature }
        for (index, certificate) in certificates.prefix(mostNamed).enumerated() {
            sa.log(&turn, .ike) { "received \(Self.kind(index)) cert \"\(Self.subject(certificate.data, sa))\"" }
        }
    }

    /// What the peer asks for; a responder has it in IKE_SA_INIT already.
    static func readRequests(_ contents: MessageContents, into sa: IKEv2SA, _ turn: inout Turn) {
        guard !contents.certificateRequests.isEmpty else { return }
        sa.handshake?.peerAsksForCertificate = true
        let authorities = contents.certificateRequests.flatMap(\.authorities)
        sa.handshake?.requestedAuthorities += authorities
        logRequests(authorities, sa, &turn)
    }

    private static func logRequests(_ authorities: [[UInt8]], _ sa: IKEv2SA, _ turn: inout Turn) {
        for hash in authorities.prefix(mostNamed) {
            guard let name = sa.environment.credentials.subject(ofAuthority: hash) else { continue }
            sa.log(&turn, .ike) { "received cert request for \"\(name)\"" }
        }
        let unknown = authorities.prefix(mostNamed).count { sa.environment.credentials.subject(ofAuthority: $0) == nil }
        if unknown > 0 { sa.log(&turn, .ike) { "received \(unknown) cert requests for an unknown ca" } }
    }

    /// A peer may send as many as fit a message; the log names the first.
    private static let mostNamed = 8

    private static func kind(_ place: Int) -> String { place == 0 ? "end entity" : "issuer" }

    private static func subject(_ der: [UInt8], _ sa: IKEv2SA) -> String {
        sa.environment.credentials.subject(ofCertificate: der) ?? "unreadable, \(der.count) bytes"
    }
}
