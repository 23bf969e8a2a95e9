import CryptoInterface
import IPsecModel

/// Looks a chain's certificates up in the revocation lists that are loaded.
struct RevocationCheck {
    let lists: [RevocationList]
    let policy: RemoteAuthentication.Revocation
    let now: Int64

    private enum Status { case good, unknown, revoked }

    func check(_ chain: VerifiedChain) throws(CredentialError) {
        for (certificate, issuer) in zip(chain.certificates, chain.certificates.dropFirst()) {
            switch status(certificate, issuer) {
            case .good: continue
            case .revoked: throw .revoked(subject: certificate.subject.description)
            case .unknown: try tolerate(certificate)
            }
        }
    }

    private func tolerate(_ certificate: Certificate) throws(CredentialError) {
        let isDemanded =
            switch policy {
            case .relaxed: false
            case .ifURI: !certificate.revocationURIs.isEmpty
            case .strict: true
            }
        guard !isDemanded else {
            throw .constraint(
                subject: certificate.subject.description, reason: "no current revocation list says that it is good")
        }
    }

    /// A list that is out of date can revoke, but vouches for nothing.
    private func status(_ certificate: Certificate, _ issuer: Certificate) -> Status {
        var status = Status.unknown
        for list in lists where list.issuer.isSame(as: certificate.issuer) && list.isIssued(by: issuer) {
            if list.revokes(certificate) { return .revoked }
            if !list.isPartial, list.thisUpdate <= now, now <= list.nextUpdate { status = .good }
        }
        return status
    }
}
