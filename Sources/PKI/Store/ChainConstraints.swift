import CryptoInterface
import IPsecModel

/// What a configuration demands of a chain beyond its being valid.
struct ChainConstraints {
    let authentication: RemoteAuthentication
    var names = NameMatching.strict

    func check(_ chain: VerifiedChain) throws(CredentialError) {
        try checkAuthorities(chain)
        try checkPolicies(chain)
        guard authentication.groups.isEmpty else {
            throw .constraint(
                subject: chain.subject, reason: "membership in groups takes attribute certificates, which are not read")
        }
        let schemes = authentication.schemes.filter { !$0.onlyIKE }
        guard !schemes.isEmpty else { return }
        for certificate in chain.certificates { try checkKey(certificate, schemes) }
        // The signature on the anchor proves nothing: it is trusted as it stands.
        for (certificate, issuer) in zip(chain.certificates, chain.certificates.dropFirst()) {
            try checkHash(certificate, issuer, schemes)
        }
    }

    private func checkAuthorities(_ chain: VerifiedChain) throws(CredentialError) {
        let authorities = chain.certificates.dropFirst()
        if !authentication.authorities.isEmpty {
            guard authorities.contains(where: { authentication.authorities.contains($0.der) }) else {
                throw .constraint(subject: chain.subject, reason: "no CA of the configuration is in its chain")
            }
        }
        if let wanted = authentication.authorityIdentity {
            guard authorities.contains(where: { $0.subject.matches(pattern: wanted, names: names) != nil }) else {
                throw .constraint(subject: chain.subject, reason: "the CA \(wanted) is not in its chain")
            }
        }
    }

    /// Every policy of the configuration must stand in the peer's certificate, and in each CA between it and the anchor
    /// unless that one is for any policy. Mappings are not followed.
    private func checkPolicies(_ chain: VerifiedChain) throws(CredentialError) {
        for policy in authentication.certificatePolicies {
            for (place, certificate) in chain.certificates.dropLast(chain.certificates.count > 1 ? 1 : 0).enumerated() {
                let isAny = place > 0 && certificate.policies.contains(Self.anyPolicy)
                guard isAny || certificate.policies.contains(policy) else {
                    throw .constraint(
                        subject: certificate.subject.description, reason: "it is not issued under the policy \(policy)")
                }
            }
        }
    }

    /// RFC 5280 §4.2.1.4
    private static let anyPolicy = "2.5.29.32.0"

    private func checkKey(_ certificate: Certificate, _ schemes: [SignatureConstraint]) throws(CredentialError) {
        let relevant = schemes.filter { $0.key != .any }
        guard !relevant.isEmpty else { return }
        guard let kind = certificate.publicKey?.kind else {
            throw .constraint(
                subject: certificate.subject.description, reason: "a kind of key that IKE does not sign with")
        }
        guard relevant.contains(where: { $0.key.covers(kind) && kind.bits >= $0.leastBits }) else {
            throw .constraint(
                subject: certificate.subject.description,
                reason: "the configuration does not accept a key of \(kind.name)")
        }
    }

    private func checkHash(
        _ certificate: Certificate, _ issuer: Certificate, _ schemes: [SignatureConstraint]
    ) throws(CredentialError) {
        guard let kind = issuer.publicKey?.kind else { return }
        let relevant = schemes.filter { $0.key.covers(kind) }
        // EdDSA has its hash built in.
        guard !relevant.isEmpty, relevant.allSatisfy({ !$0.hashes.isEmpty }), kind != .ed25519, kind != .ed448 else {
            return
        }
        let name = certificate.signatureHash.map { "\($0)" } ?? "unknown"
        guard relevant.contains(where: { accepts(certificate, name, $0) }) else {
            let padding = certificate.hasPSSSignature ? "RSASSA-PSS and " : ""
            throw .constraint(
                subject: certificate.subject.description,
                reason: "the configuration does not accept a signature with \(padding)\(name)")
        }
    }

    private func accepts(_ certificate: Certificate, _ hash: String, _ constraint: SignatureConstraint) -> Bool {
        constraint.hashes.contains(hash) && (constraint.key != .rsaPSS || certificate.hasPSSSignature)
    }
}

extension SignatureConstraint.Key {
    func covers(_ kind: PublicKeyKind) -> Bool {
        switch (self, kind) {
        case (.any, _), (.rsa, .rsa), (.rsaPSS, .rsa), (.ecdsa, .ecdsa), (.ed25519, .ed25519), (.ed448, .ed448): true
        default: false
        }
    }
}
