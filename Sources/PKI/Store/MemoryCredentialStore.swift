import COpenSSL
package import CryptoInterface
package import IPsecModel
import Wire

/// The credentials that the daemon holds: shared keys, private keys, certificates and revocation lists, in a layer for
/// each source. Lookups see all layers; clearing concerns one.
///
/// Any certificate loaded as ``CertificateFlag/ca`` is a trust anchor. An end entity certificate that was loaded itself
/// is trusted without a chain. Chains that stood are kept until anything changes; the time of day and the revocation
/// lists are looked at each time.
package final class MemoryCredentialStore: CredentialStore {
    var layers = [CredentialLayer](repeating: CredentialLayer(), count: CredentialSource.allCases.count)
    private let timeOfDay: () -> Int64
    private var verifier: ChainVerifier?
    private var cache = ChainCache()

    /// - Parameter timeOfDay: seconds since 1970.
    package init(timeOfDay: @escaping () -> Int64) { self.timeOfDay = timeOfDay }

    /// A store that asks the system for the time of day.
    package convenience init() { self.init(timeOfDay: swand_time_of_day) }

    var certificates: [LoadedCertificate] { layers.flatMap(\.certificates) }
    var privateKeys: [PrivateKey] { layers.flatMap(\.privateKeys) }
    var revocationLists: [RevocationList] { layers.flatMap(\.revocationLists) }
    var authorities: [Certificate] { certificates.filter { $0.flag == .ca }.map(\.certificate) }

    /// Whatever was concluded from the credentials is forgotten.
    func changed() {
        verifier = nil
        cache.clear()
    }

    /// Changes one layer; what was concluded from the credentials is forgotten.
    func change<Result>(_ source: CredentialSource, _ body: (inout CredentialLayer) -> Result) -> Result {
        changed()
        return body(&layers[source.rawValue])
    }

    var now: Int64 { timeOfDay() }
    var cachedChains: Int { cache.count }
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
        var best: (secret: SecretBytes, quality: (remote: Int, local: Int))?
        for layer in layers {
            for key in layer.sharedKeys where key.use == use {
                guard let quality = key.quality(local: local, remote: remote) else { continue }
                if let best, best.quality >= quality { continue }
                best = (key.secret, quality)
            }
        }
        return best?.secret
    }
}

// MARK: - The peer's keys

extension MemoryCredentialStore {
    package func verifiedPeerKeys(
        identity: Identification, certificates: [[UInt8]], authentication: RemoteAuthentication
    ) throws(CredentialError) -> [any VerificationKey] {
        if !certificates.isEmpty {
            return [try verifiedKey(identity, certificates, authentication)]
        }
        if !authentication.publicKeys.isEmpty {
            return authentication.publicKeys.compactMap { try? PublicKey(subjectPublicKeyInfo: $0) }
        }
        return try knownKeys(identity, authentication)
    }

    /// Keys of certificates that we have ourselves, for a peer that sent none.
    private func knownKeys(
        _ identity: Identification, _ authentication: RemoteAuthentication
    ) throws(CredentialError) -> [any VerificationKey] {
        var known = authentication.certificates
        for loaded in self.certificates where loaded.flag == .none && loaded.certificate.confirms(identity) {
            if !known.contains(loaded.certificate.der) { known.append(loaded.certificate.der) }
        }
        var failure = CredentialError.noCertificate(identity: identity.description)
        var keys: [any VerificationKey] = []
        for der in known {
            do throws(CredentialError) {
                keys.append(try verifiedKey(identity, [der], authentication))
            } catch {
                failure = error
            }
        }
        guard !keys.isEmpty else { throw failure }
        return keys
    }

    private func verifiedKey(
        _ identity: Identification, _ certificates: [[UInt8]], _ authentication: RemoteAuthentication
    ) throws(CredentialError) -> PublicKey {
        let chain = try chain(certificates, authentication)
        guard let endEntity = chain.certificates.first else { throw .noCertificate(identity: identity.description) }
        let subject = endEntity.subject.description
        guard endEntity.confirms(identity) else {
            let found = [endEntity.subject] + endEntity.subjectAlternativeNames
            throw .identityNotConfirmed(
                identity: identity.description, subject: subject, found: found.map(\.description))
        }
        if !authentication.certificates.isEmpty, !authentication.certificates.contains(endEntity.der) {
            throw .constraint(subject: subject, reason: "not one of the certificates of the configuration")
        }
        try ChainConstraints(authentication: authentication).check(chain)
        try RevocationCheck(lists: revocationLists, policy: authentication.revocation, now: now).check(chain)
        guard let key = endEntity.publicKey else {
            throw .unreadable("the key of \(subject) is of a kind that IKE does not sign with")
        }
        return key
    }

    /// A chain that is valid now, from the cache where the same certificates came before.
    private func chain(
        _ certificates: [[UInt8]], _ authentication: RemoteAuthentication
    ) throws(CredentialError) -> VerifiedChain {
        let now = now
        if let known = cache[certificates], known.isValid(at: now) { return known }
        guard let first = certificates.first else { throw .unreadable("no certificate") }
        let endEntity = try Certificate(der: first)
        do throws(CredentialError) {
            // What is unreadable among the others may not have been needed.
            let others = certificates.dropFirst().compactMap { try? Certificate(der: $0) }
            let chain = try currentVerifier().verify(endEntity, others: others, at: now)
            cache.insert(chain, for: certificates)
            return chain
        } catch {
            guard case .untrusted = error, isTrustedItself(endEntity, authentication) else { throw error }
            try checkValidity(endEntity, at: now)
            return VerifiedChain(certificates: [endEntity])
        }
    }

    private func currentVerifier() -> ChainVerifier {
        if let verifier { return verifier }
        let fresh = ChainVerifier(anchors: authorities)
        verifier = fresh
        return fresh
    }

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
