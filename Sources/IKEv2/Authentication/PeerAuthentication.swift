import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Why an AUTH payload is not believed.
enum AuthenticationFailure: Error {
    case noSharedKey(local: Identification, remote: Identification)
    case macMismatch(local: Identification, remote: Identification)
    case credential(CredentialError)
    /// No key is believed to be the peer's; `kind` is that of the signature.
    case untrusted(identity: Identification, kind: String, CredentialError)
    case badSignature(identity: Identification, scheme: String)
    /// A scheme that the configuration does not accept; whether the signature stands was not looked at.
    case schemeRefused(got: String, wanted: String)
    case wrongMethod(got: String, wanted: String)
    case identityRefused(got: Identification, wanted: IdentityPattern)
    /// The two sides do not agree on a post-quantum pre-shared key (RFC 8784).
    case ppk(String)
    case incomplete(String)
}

extension AuthenticationFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .noSharedKey(let local, let remote): "no shared key found for '\(local)' - '\(remote)'"
        case .macMismatch(let local, let remote): "tried 1 shared key for '\(local)' - '\(remote)', but MAC mismatched"
        case .credential(let error): error.description
        case .untrusted(let identity, let kind, let error):
            "no trusted \(kind) public key found for '\(identity)': \(error)"
        case .badSignature(let identity, let scheme): "signature validation of '\(identity)' failed, \(scheme)"
        case .schemeRefused(let got, let wanted):
            "constraint check failed: peer signed with \(got), the connection wants \(wanted)"
        case .wrongMethod(let got, let wanted):
            "constraint check failed: peer authenticated with \(got), the connection wants \(wanted)"
        case .identityRefused(let got, let wanted): "constraint check failed: identity '\(got)' required '\(wanted)'"
        case .ppk(let reason), .incomplete(let reason): reason
        }
    }
}

/// Checks and makes AUTH payloads for an IKE_SA.
struct Authenticator {
    let sa: IKEv2SA
    private var crypto: any CryptoProvider { sa.environment.crypto }
    private var credentials: any CredentialStore { sa.environment.credentials }

    init(_ sa: IKEv2SA) { self.sa = sa }

    // MARK: The peer

    /// Checks the peer's AUTH payload against a round of the configuration.
    func verify(
        _ payload: AuthenticationPayload, identity: IDPayload, certificates: [CertificatePayload],
        round: RemoteAuthentication, _ turn: inout Turn
    ) throws(AuthenticationFailure) {
        let names = sa.environment.settings.nameMatching
        guard round.identity.matches(identity.identity, names: names) != nil else {
            throw .identityRefused(got: identity.identity, wanted: round.identity)
        }
        guard let octets = SignedOctets(sa, local: false, identity: identity) else {
            throw .incomplete("the handshake is over")
        }
        switch (round.method, payload.method) {
        case (.psk, .sharedKey):
            try verifySharedKey(payload, identity.identity, octets)
            sa.log(&turn, .ike) { "authentication of '\(identity.identity)' with pre-shared key successful" }
        case (.pubkey, .sharedKey), (.psk, _):
            throw .wrongMethod(got: "\(payload.method)", wanted: round.method.text)
        case (.pubkey, _):
            try verifySignature(payload, identity.identity, certificates, round, octets, &turn)
        default:
            throw .wrongMethod(got: "\(payload.method)", wanted: round.method.text)
        }
    }

    private func verifySharedKey(
        _ payload: AuthenticationPayload, _ identity: Identification, _ octets: SignedOctets
    ) throws(AuthenticationFailure) {
        let local = sa.localIdentity ?? .any
        guard let prf = sa.keys?.prf else { throw .incomplete("the handshake is over") }
        guard let key = credentials.sharedKey(local: local, remote: identity) else {
            throw .noSharedKey(local: local, remote: identity)
        }
        guard SharedKeyAuthentication(crypto: crypto, prf: prf).isValid(payload.data, key, octets) else {
            throw .macMismatch(local: local, remote: identity)
        }
    }

    private func verifySignature(
        _ payload: AuthenticationPayload, _ identity: Identification, _ certificates: [CertificatePayload],
        _ round: RemoteAuthentication, _ octets: SignedOctets, _ turn: inout Turn
    ) throws(AuthenticationFailure) {
        guard let (scheme, signature) = SignatureAuthentication.read(payload) else {
            throw .wrongMethod(got: "\(payload.method) of an unknown kind", wanted: round.method.text)
        }
        let chain = certificates.filter { $0.encoding == .x509Signature }.map(\.data)
        let keys: [any VerificationKey]
        var trail: [String] = []
        do throws(CredentialError) {
            defer { for line in trail { sa.log(&turn, .cfg) { line } } }
            keys = try credentials.verifiedPeerKeys(
                identity: identity, certificates: chain, authentication: round, trail: &trail)
        } catch {
            throw .untrusted(identity: identity, kind: scheme.keyName, error)
        }
        let constraints = round.schemes.forIKE(sa.environment.settings)
        let candidates = keys.filter {
            SignatureAuthentication.isAllowed(scheme, method: payload.method, kind: $0.kind, constraints: constraints)
        }
        guard !candidates.isEmpty else {
            let wanted = constraints.isEmpty ? "SHA-2" : constraints.map(\.text).joined(separator: " or ")
            throw .schemeRefused(got: scheme.logName(payload.method), wanted: wanted)
        }
        for key in candidates where key.isValid(signature, scheme: scheme, over: octets.bytes) {
            sa.log(&turn, .ike) {
                "authentication of '\(identity)' with \(scheme.logName(payload.method)) successful"
            }
            return
        }
        throw .badSignature(identity: identity, scheme: scheme.logName(payload.method))
    }

    // MARK: We

    /// What our own round needs before the ID payload can be written.
    struct LocalProof {
        var identity: Identification
        var credential: LocalCredential?
    }

    func localProof(
        _ round: LocalAuthentication, fallback: Identification
    ) throws(AuthenticationFailure) -> LocalProof {
        switch round.method {
        case .psk:
            return LocalProof(identity: round.identity ?? fallback, credential: nil)
        case .pubkey:
            do throws(CredentialError) {
                // Where nothing else says who we are, the address does, and a certificate must speak for it.
                var round = round
                if round.certificates.isEmpty, round.publicKeys.isEmpty, round.identity == nil { round.identity = fallback }
                let credential = try credentials.localCredential(
                    for: round, authorities: sa.handshake?.requestedAuthorities ?? [])
                return LocalProof(identity: round.identity ?? credential.identity, credential: credential)
            } catch {
                throw .credential(error)
            }
        default:
            throw .incomplete("authentication with \(round.method.text) is not supported")
        }
    }

    func authenticate(
        _ proof: LocalProof, round: LocalAuthentication, identity: IDPayload, remote: Identification?,
        _ turn: inout Turn
    ) throws(AuthenticationFailure) -> AuthenticationPayload {
        guard let octets = SignedOctets(sa, local: true, identity: identity), let prf = sa.keys?.prf else {
            throw .incomplete("the handshake is over")
        }
        if let credential = proof.credential {
            return try sign(credential, round, octets, &turn)
        }
        let peer = remote ?? .any
        guard let key = credentials.sharedKey(local: proof.identity, remote: peer) else {
            throw .noSharedKey(local: proof.identity, remote: peer)
        }
        do throws(CryptoError) {
            let data = try SharedKeyAuthentication(crypto: crypto, prf: prf).authenticationData(key, octets)
            sa.log(&turn, .ike) { "authentication of '\(proof.identity)' (myself) with pre-shared key" }
            return AuthenticationPayload(method: .sharedKey, data: data)
        } catch {
            throw .incomplete("\(error)")
        }
    }

    private func sign(
        _ credential: LocalCredential, _ round: LocalAuthentication, _ octets: SignedOctets, _ turn: inout Turn
    ) throws(AuthenticationFailure) -> AuthenticationPayload {
        let settings = sa.environment.settings
        let hashes = settings.signatureAuthentication ? sa.handshake?.peerHashes : nil
        guard
            let (scheme, method) = SignatureAuthentication.scheme(
                for: credential.key.kind, peerHashes: hashes, constraints: round.schemes.forIKE(settings),
                preferPSS: settings.rsaPSS, demandsPSS: credential.key.demandsPSS)
        else { throw .incomplete("the peer can check no signature that our key and the configuration allow") }
        do throws(CryptoError) {
            let signature = try credential.key.sign(scheme, octets.bytes)
            sa.log(&turn, .ike) {
                let identity = self.sa.localIdentity.map { "\($0)" } ?? "%any"
                return "authentication of '\(identity)' (myself) with \(scheme.logName(method)) successful"
            }
            return SignatureAuthentication.payload(signature, scheme: scheme, method: method)
        } catch {
            throw .incomplete("signing failed: \(error)")
        }
    }
}

extension AuthenticationMethod {
    var text: String {
        switch self {
        case .pubkey: "public key"
        case .psk: "pre-shared key"
        case .eap(let method): method.isEmpty ? "eap" : "eap-\(method)"
        case .xauth(let method): method.isEmpty ? "xauth" : "xauth-\(method)"
        }
    }
}

extension SignatureScheme {
    /// charon's name: `RSA_EMSA_PKCS1_SHA2_256`, and that of the method where it is one of RFC 7296 or RFC 4754.
    func logName(_ method: AuthMethod) -> String {
        switch self {
        case .rsaPKCS1 where method == .rsaSignature: "RSA signature"
        case .rsaPKCS1(let hash): "RSA_EMSA_PKCS1_\(hash.logName)"
        case .rsaPSS(let hash): "RSA_EMSA_PSS_\(hash.logName)_SALT_\(hash.digestSize)"
        case .ecdsa(let hash): "ECDSA_WITH_\(hash.plainName)_DER"
        case .ecdsaConcatenated(.sha256): "ECDSA-256 signature"
        case .ecdsaConcatenated(.sha384): "ECDSA-384 signature"
        case .ecdsaConcatenated: "ECDSA-521 signature"
        case .ed25519: "ED25519"
        case .ed448: "ED448"
        }
    }
}

extension SignatureScheme {
    /// The kind of key in charon's words.
    fileprivate var keyName: String {
        switch self {
        case .rsaPKCS1, .rsaPSS: "RSA"
        case .ecdsa, .ecdsaConcatenated: "ECDSA"
        case .ed25519: "ED25519"
        case .ed448: "ED448"
        }
    }
}

extension HashAlgorithm {
    /// Without the number of the family, as the names of ECDSA have it.
    fileprivate var plainName: String {
        switch self {
        case .sha256: "SHA256"
        case .sha384: "SHA384"
        case .sha512: "SHA512"
        default: logName
        }
    }

    fileprivate var logName: String {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA2_256"
        case .sha384: "SHA2_384"
        case .sha512: "SHA2_512"
        case .identity: "IDENTITY"
        case .sha3_224: "SHA3_224"
        case .sha3_256: "SHA3_256"
        case .sha3_384: "SHA3_384"
        case .sha3_512: "SHA3_512"
        }
    }
}

extension IdentityPattern {
    /// The one identity that fits; `nil` where several may.
    var exactIdentity: Identification? {
        guard case .identity(let identity) = self, identity.kind != .any, !identity.hasWildcards else { return nil }
        return identity
    }
}

extension PeerConfig {
    /// One round on each side is all that is spoken here; further ones must not be skipped silently (RFC 4739).
    var hasOneRound: Bool { local.count == 1 && remote.count == 1 }
}
