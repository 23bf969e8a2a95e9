package import CryptoInterface
package import IPsecModel

extension MemoryCredentialStore {
    package func localCredential(
        for authentication: LocalAuthentication, authorities: [[UInt8]]
    ) throws(CredentialError) -> LocalCredential {
        let keys = privateKeysByPublicKey
        let candidates = try candidates(authentication)
        let usable = candidates.compactMap { certificate in
            keys[certificate.subjectPublicKeyInfo].map { (certificate, $0, chain(from: certificate, candidates)) }
        }
        // A CA that the peer named is a preference (RFC 7296 §3.7).
        let preferred = usable.first { _, _, chain in
            chain.anchors.contains { authorities.contains($0.publicKeyHash) }
        }
        if let (certificate, key, chain) = preferred ?? usable.first {
            return LocalCredential(
                key: key, identity: certificate.subject, chain: ([certificate] + chain.intermediates).map(\.der))
        }
        if let raw = authentication.publicKeys.lazy.compactMap({ keys[$0] }).first {
            return LocalCredential(key: raw, identity: authentication.identity ?? .any, chain: [])
        }
        let identity = authentication.identity?.description ?? candidates.first?.subject.description ?? "%any"
        let reason =
            if let first = candidates.first {
                "no key that is loaded belongs to the certificate '\(first.subject)'"
            } else if !authentication.publicKeys.isEmpty {
                "no key that is loaded belongs to the configured public key"
            } else {
                "no certificate is configured, and none that is loaded speaks for it"
            }
        throw .noPrivateKey(identity: identity, reason: reason)
    }

    /// The certificates of the configuration; without any, those of ours that speak for the identity.
    private func candidates(_ authentication: LocalAuthentication) throws(CredentialError) -> [Certificate] {
        guard authentication.certificates.isEmpty else {
            var configured: [Certificate] = []
            for der in authentication.certificates {
                if let loaded = layers.lazy.flatMap(\.certificates).first(where: { $0.certificate.der == der }) {
                    configured.append(loaded.certificate)
                } else {
                    configured.append(try Certificate(der: der))
                }
            }
            return configured
        }
        guard authentication.publicKeys.isEmpty, let identity = authentication.identity else { return [] }
        return certificates.filter { $0.flag == .none && $0.certificate.confirms(identity) }.map(\.certificate)
    }

    /// The CAs above a certificate as far as we have them: those to send, and all of them. To be sent takes no trust, so
    /// what stands in the certificate's own file or among end entities will do.
    private func chain(
        from certificate: Certificate, _ configured: [Certificate]
    ) -> (intermediates: [Certificate], anchors: [Certificate]) {
        let known = authorities + configured.filter(\.isCA) + certificates.map(\.certificate).filter(\.isCA)
        var intermediates: [Certificate] = []
        var anchors: [Certificate] = []
        var current = certificate
        while anchors.count < Self.longestChain, !current.flags.contains(.selfSigned),
            let issuer = known.first(where: { $0.isIssuer(of: current) && $0 !== current })
        {
            anchors.append(issuer)
            if !issuer.flags.contains(.selfSigned) { intermediates.append(issuer) }
            current = issuer
        }
        return (intermediates, anchors)
    }

    private static var longestChain: Int { 8 }

    package func acceptedAuthorities(for authentication: RemoteAuthentication?) -> [[UInt8]] {
        if let authentication, !authentication.authorities.isEmpty {
            return Self.hashes(authentication.authorities.compactMap { try? Certificate(der: $0) })
        }
        if let wanted = authentication?.authorityIdentity {
            return Self.hashes(authorities.filter { $0.subject.matches(pattern: wanted, names: rules.names) != nil })
        }
        return allAuthorityHashes
    }
}
