import CryptoInterface
import IPsecModel
import PKI

/// The credentials of all clients at once. What the responder proves is believed: only the responder is measured.
final class InitiatorCredentials: CredentialStore {
    static let sharedKey = SecretBytes(copying: Array("a key that all clients share".utf8))

    private var subjects: [Identification: LocalCredential] = [:]
    private let responderKey: PublicKey?
    private let authorityHash: [[UInt8]]

    init(authority: [UInt8]? = nil, responder: [UInt8]? = nil) throws {
        responderKey = try responder.flatMap { try Certificate(der: $0).publicKey }
        authorityHash = try authority.map { [try Certificate(der: $0).publicKeyHash] } ?? []
    }

    func add(_ subject: Subject, for identity: Identification) throws {
        subjects[identity] = LocalCredential(
            key: try PrivateKey(data: subject.key), identity: identity, chain: [subject.certificate])
    }

    func remove(_ identity: Identification) { subjects[identity] = nil }

    func sharedKey(local: Identification, remote: Identification) -> SecretBytes? { Self.sharedKey }

    func ppk(id: [UInt8]) -> SecretBytes? { nil }
    var hasPPK: Bool { false }

    func localCredential(
        for authentication: LocalAuthentication, authorities: [[UInt8]]
    ) throws(CredentialError) -> LocalCredential {
        guard let identity = authentication.identity, let credential = subjects[identity] else {
            throw .noPrivateKey(identity: "\(authentication.identity ?? .any)", reason: "unknown")
        }
        return credential
    }

    func acceptedAuthorities(for authentication: RemoteAuthentication?) -> [[UInt8]] { authorityHash }

    func verifiedPeerKeys(
        identity: Identification, certificates: [[UInt8]], authentication: RemoteAuthentication,
        trail: inout [String]
    ) throws(CredentialError) -> [any VerificationKey] {
        guard let responderKey else { throw .noCertificate(identity: "\(identity)") }
        return [responderKey]
    }
}
