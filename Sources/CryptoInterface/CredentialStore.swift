package import IPsecModel

/// Everything that proves or checks an identity: shared keys, private keys, certificates and trust.
package protocol CredentialStore: AnyObject {
    /// The pre-shared key that fits both identities best (most exact owners first), or `nil`.
    func sharedKey(local: Identification, remote: Identification) -> SecretBytes?

    /// The post-quantum pre-shared key of this name, as PPK_IDENTITY carries it (RFC 8784 §5.1), or `nil`.
    func ppk(id: [UInt8]) -> SecretBytes?

    /// Whether there is any post-quantum pre-shared key.
    var hasPPK: Bool { get }

    /// The key, identity and chain for a round of our own authentication.
    /// - Parameter authorities: SHA-1 hashes of CA public keys from the peer's CERTREQ; a preference, not a demand.
    func localCredential(
        for authentication: LocalAuthentication, authorities: [[UInt8]]
    ) throws(CredentialError) -> LocalCredential

    /// SHA-1 hashes of the public keys of the CAs that `authentication` (or any round, where `nil`) would accept, for
    /// CERTREQ (RFC 7296 §3.7).
    func acceptedAuthorities(for authentication: RemoteAuthentication?) -> [[UInt8]]

    /// The key that the peer's AUTH payload must be checked with, once its certificate stands: chain up to an accepted
    /// CA, validity at the present time of day, identity confirmed by subject or subjectAltName, constraints of the
    /// configuration. Raw public keys of the configuration are tried where no certificate came.
    /// - Parameters:
    ///   - certificates: DER from CERT payloads, end entity first.
    ///   - trail: gets lines for the log that say how far the certificates are believed, also where they are not.
    func verifiedPeerKeys(
        identity: Identification, certificates: [[UInt8]], authentication: RemoteAuthentication,
        trail: inout [String]
    ) throws(CredentialError) -> [any VerificationKey]

    /// The subject of a certificate in DER, for the log; `nil` where it cannot be read.
    func subject(ofCertificate der: [UInt8]) -> String?

    /// The subject of a CA that is known, by the SHA-1 hash of its public key, for the log.
    func subject(ofAuthority hash: [UInt8]) -> String?
}

extension CredentialStore {
    package func subject(ofCertificate der: [UInt8]) -> String? { nil }
    package func subject(ofAuthority hash: [UInt8]) -> String? { nil }
}

/// What we sign with.
package struct LocalCredential {
    package let key: any SigningKey
    /// What goes into IDi or IDr when the configuration names no identity.
    package let identity: Identification
    /// DER of the certificate and its intermediates, end entity first, no root; empty with a raw public key.
    package let chain: [[UInt8]]

    package init(key: any SigningKey, identity: Identification, chain: [[UInt8]]) {
        self.key = key
        self.identity = identity
        self.chain = chain
    }
}

/// Why an identity cannot be proved or is not believed. Every case carries what an administrator needs to mend it.
package enum CredentialError: Error, Equatable, Sendable {
    case noPrivateKey(identity: String, reason: String)
    case noCertificate(identity: String)
    /// The certificate does not speak for the identity; `found` lists what it does speak for.
    case identityNotConfirmed(identity: String, subject: String, found: [String])
    /// The chain ends without a trusted CA; `subject` is the certificate whose issuer is missing.
    case untrusted(subject: String, issuer: String, reason: String)
    case expired(subject: String, notAfter: String)
    case notYetValid(subject: String, notBefore: String)
    case revoked(subject: String)
    /// A constraint of the configuration is not met.
    case constraint(subject: String, reason: String)
    case unreadable(String)
}
