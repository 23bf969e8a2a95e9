import COpenSSL
package import CryptoInterface
package import IPsecModel
import Wire

/// The credentials that the daemon holds: shared keys, private keys, certificates and revocation lists, in a layer for
/// each source. Lookups see all layers; clearing concerns one.
///
/// A self-signed certificate loaded as ``CertificateFlag/ca`` is a trust anchor, and so are, for one authentication, the
/// CAs that its configuration names. An end entity certificate that was loaded itself is trusted without a chain. Chains that stood are kept until anything changes; the time of day and the revocation
/// lists are looked at each time.
package final class MemoryCredentialStore: CredentialStore {
    var layers = [CredentialLayer](repeating: CredentialLayer(), count: CredentialSource.allCases.count)
    private let timeOfDay: () -> Int64
    /// What the daemon's settings say about trust.
    package var rules = TrustRules() {
        didSet { if rules != oldValue { changed() } }
    }
    /// Verifiers by the CAs of a configuration that are anchors beside those of the store.
    private var verifiers: [[[UInt8]]: ChainVerifier] = [:]
    private var cache = ChainCache()

    /// - Parameter timeOfDay: seconds since 1970.
    package init(timeOfDay: @escaping () -> Int64) { self.timeOfDay = timeOfDay }

    /// A store that asks the system for the time of day.
    package convenience init() { self.init(timeOfDay: swand_time_of_day) }

    var certificates: [LoadedCertificate] { layers.flatMap(\.certificates) }
    var privateKeys: [PrivateKey] { layers.flatMap(\.privateKeys) }
    var revocationLists: [RevocationList] { layers.flatMap(\.revocationLists) }
    var authorities: [Certificate] { certificates.filter { $0.flag == .ca }.map(\.certificate) }

    var sharedKeys = SharedKeyTable()

    /// Private keys by SubjectPublicKeyInfo.
    var privateKeysByPublicKey: [[UInt8]: PrivateKey] {
        if let keysByPublicKey { return keysByPublicKey }
        let fresh = Dictionary(
            privateKeys.map { ($0.subjectPublicKeyInfo, $0) }, uniquingKeysWith: { _, newer in newer })
        keysByPublicKey = fresh
        return fresh
    }

    private var keysByPublicKey: [[UInt8]: PrivateKey]?

    /// Hashes of the keys of all authorities, which every first response carries.
    var allAuthorityHashes: [[UInt8]] {
        if let authorityHashes { return authorityHashes }
        let fresh = Self.hashes(authorities)
        authorityHashes = fresh
        return fresh
    }

    private var authorityHashes: [[UInt8]]?
    private var authorityEncodings: Set<[UInt8]>?

    static func hashes(_ authorities: [Certificate]) -> [[UInt8]] {
        var seen = Set<[UInt8]>()
        return authorities.map(\.publicKeyHash).filter { seen.insert($0).inserted }
    }

    /// Whatever was concluded from the credentials is forgotten.
    func changed() {
        verifiers = [:]
        authorityEncodings = nil
        keysByPublicKey = nil
        authorityHashes = nil
        cache.clear()
    }

    /// Changes one layer; what was concluded from the credentials is forgotten.
    func change<Result>(_ source: CredentialSource, _ body: (inout CredentialLayer) -> Result) -> Result {
        changed()
        return body(&layers[source.rawValue])
    }

    var now: Int64 { timeOfDay() }
    /// Seconds since 1970.
    package var presentTime: Int64 { now }
}

// MARK: - Shared keys

extension MemoryCredentialStore {
    package func sharedKey(local: Identification, remote: Identification) -> SecretBytes? {
        sharedKey(.ike, local: local, remote: remote)
    }

    /// The shared key for this use whose owners fit best: the peer's identity counts first, then ours.
    package func sharedKey(
        _ use: SharedKey.Use, local: Identification, remote: Identification
    ) -> SecretBytes? {
        sharedKeys.best(use, local: local, remote: remote)
    }

    package func ppk(id: [UInt8]) -> SecretBytes? { sharedKeys.ppk(id: id) }

    package var hasPPK: Bool { sharedKeys.hasPPK }
}

// MARK: - The peer's keys

extension MemoryCredentialStore {
    package func verifiedPeerKeys(
        identity: Identification, certificates: [[UInt8]], authentication: RemoteAuthentication,
        trail: inout [String]
    ) throws(CredentialError) -> [any VerificationKey] {
        // Raw keys of a configuration are the only ones it accepts, whatever a CA says.
        if !authentication.publicKeys.isEmpty, authentication.certificates.isEmpty {
            return try rawKeys(authentication)
        }
        if certificates.isEmpty { return try knownKeys(identity, authentication, &trail) }
        return [try verifiedKey(identity, certificates, authentication, &trail)]
    }

    private func rawKeys(
        _ authentication: RemoteAuthentication
    ) throws(CredentialError) -> [any VerificationKey] {
        let keys = authentication.publicKeys.compactMap { try? PublicKey(subjectPublicKeyInfo: $0) }
        guard !keys.isEmpty else { throw .unreadable("no public key of the configuration can be read") }
        return keys
    }

    /// Keys of certificates that we have ourselves, for a peer that sent none.
    private func knownKeys(
        _ identity: Identification, _ authentication: RemoteAuthentication, _ trail: inout [String]
    ) throws(CredentialError) -> [any VerificationKey] {
        var known = authentication.certificates
        for loaded in self.certificates where loaded.flag == .none && loaded.certificate.confirms(identity) {
            if !known.contains(loaded.certificate.der) { known.append(loaded.certificate.der) }
        }
        var failure = CredentialError.noCertificate(identity: identity.description)
        var keys: [any VerificationKey] = []
        for der in known {
            do throws(CredentialError) {
                keys.append(try verifiedKey(identity, [der], authentication, &trail))
            } catch {
                failure = error
            }
        }
        if identity.kind == .keyID {
            keys += layers.flatMap(\.publicKeys).filter { $0.keyIdentifiers.contains(identity.data) }
        }
        guard !keys.isEmpty else { throw failure }
        return keys
    }

    private func verifiedKey(
        _ identity: Identification, _ certificates: [[UInt8]], _ authentication: RemoteAuthentication,
        _ trail: inout [String]
    ) throws(CredentialError) -> PublicKey {
        let chain = try chain(certificates, authentication)
        let authorities = authorities
        trail += chain.trail { authority in
            authorities.contains { $0.der == authority.der } || authentication.authorities.contains(authority.der)
        }
        guard let endEntity = chain.certificates.first else { throw .noCertificate(identity: identity.description) }
        try confirm(identity, endEntity)
        if !authentication.certificates.isEmpty, !authentication.certificates.contains(endEntity.der) {
            let reason = "not one of the certificates of the configuration"
            throw .constraint(subject: endEntity.subject.description, reason: reason)
        }
        if rules.rejectsTrustedEndEntity, isTrustedItself(endEntity, authentication) {
            throw .constraint(
                subject: endEntity.subject.description,
                reason: "it is installed here, and reject_trusted_end_entity refuses such a peer")
        }
        try ChainConstraints(authentication: authentication, names: rules.names).check(chain)
        try RevocationCheck(lists: revocationLists, policy: authentication.revocation, now: now).check(chain, &trail)
        guard let key = endEntity.publicKey else {
            throw .unreadable("the key of \(endEntity.subject) is of a kind that IKE does not sign with")
        }
        return key
    }

    private func confirm(_ identity: Identification, _ certificate: Certificate) throws(CredentialError) {
        guard !certificate.confirms(identity, names: rules.names) else { return }
        let found = [certificate.subject] + certificate.subjectAlternativeNames
        throw .identityNotConfirmed(
            identity: identity.description, subject: certificate.subject.description, found: found.map(\.description))
    }

    /// A chain that is valid now, from the cache where the same certificates came before.
    private func chain(
        _ certificates: [[UInt8]], _ authentication: RemoteAuthentication
    ) throws(CredentialError) -> VerifiedChain {
        let now = now
        let anchors = additionalAnchors(authentication)
        let key = ChainCache.Key(certificates: certificates, anchors: anchors)
        if let known = cache[key], known.isValid(at: now) { return known }
        guard let first = certificates.first else { throw .unreadable("no certificate") }
        let endEntity = try Certificate(der: first)
        do throws(CredentialError) {
            // What is unreadable among the others may not have been needed.
            let others = certificates.dropFirst().compactMap { try? Certificate(der: $0) }
            let chain = try verifier(anchors).verify(endEntity, others: others, at: now)
            cache.insert(chain, for: key)
            return chain
        } catch {
            guard case .untrusted = error, isTrustedItself(endEntity, authentication) else { throw error }
            try checkValidity(endEntity, at: now)
            return VerifiedChain(certificates: [endEntity])
        }
    }

    /// DER of the configuration's CAs that the store has not: anchors for this authentication and no other.
    private func additionalAnchors(_ authentication: RemoteAuthentication) -> [[UInt8]] {
        guard !authentication.authorities.isEmpty else { return [] }
        let known = authorityEncodings ?? Set(authorities.map(\.der))
        authorityEncodings = known
        return authentication.authorities.filter { !known.contains($0) }
    }

    private func verifier(_ anchors: [[UInt8]]) -> ChainVerifier {
        if let verifier = verifiers[anchors] { return verifier }
        if verifiers.count >= Self.mostVerifiers { verifiers = [:] }
        let additional = anchors.compactMap { try? Certificate(der: $0) }.filter(\.isCA)
        let fresh = ChainVerifier(anchors: authorities + additional, enforcesCritical: rules.enforcesCriticalExtensions)
        verifiers[anchors] = fresh
        return fresh
    }

    private static var mostVerifiers: Int { 256 }

    private func isTrustedItself(_ certificate: Certificate, _ authentication: RemoteAuthentication) -> Bool {
        authentication.certificates.contains(certificate.der)
            || self.certificates.contains { $0.flag == .none && $0.certificate.der == certificate.der }
    }

    private func checkValidity(_ certificate: Certificate, at now: Int64) throws(CredentialError) {
        let subject = certificate.subject.description
        if now < certificate.notBefore {
            throw .notYetValid(subject: subject, notBefore: calendarTime(certificate.notBefore))
        }
        if now > certificate.notAfter {
            throw .expired(subject: subject, notAfter: calendarTime(certificate.notAfter))
        }
    }
}
