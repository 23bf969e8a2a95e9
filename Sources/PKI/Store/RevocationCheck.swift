import CryptoInterface
import IPsecModel

/// Looks a chain's certificates up in the revocation lists that are loaded.
struct RevocationCheck {
    let lists: [RevocationList]
    let policy: RemoteAuthentication.Revocation
    let now: Int64

    private enum Status { case good, stale, unknown, revoked }

    /// - Parameter trail: gets what was found, in charon's words.
    func check(_ chain: VerifiedChain, _ trail: inout [String]) throws(CredentialError) {
        for (certificate, issuer) in zip(chain.certificates, chain.certificates.dropFirst()) {
            trail.append("checking certificate status of \"\(certificate.subject)\"")
            switch status(certificate, issuer, &trail) {
            case .good: trail.append("certificate status is good")
            case .revoked: throw .revoked(subject: certificate.subject.description)
            case .stale:
                trail.append("certificate status is unknown, crl is stale")
                try tolerate(certificate)
            case .unknown:
                trail.append("certificate status is not available")
                try tolerate(certificate)
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

    /// The newest complete list decides, with what was added to it later; lists for a part of the certificates can only
    /// revoke. A list that is out of date can revoke, but vouches for nothing.
    private func status(_ certificate: Certificate, _ issuer: Certificate, _ trail: inout [String]) -> Status {
        let signed = lists.filter { $0.issuer.isSame(as: certificate.issuer) && $0.isIssued(by: issuer) }
        let newest = signed.filter { !$0.isPartial }.reduce(nil) { (best: RevocationList?, list) in
            best.map { list.isNewer(than: $0) ? list : $0 } ?? list
        }
        var status = Status.unknown
        if let newest {
            trail.append("  crl correctly signed by \"\(issuer.subject)\"")
            let isCurrent = newest.thisUpdate <= now && now <= newest.nextUpdate
            let date = calendarTime(newest.nextUpdate)
            trail.append(isCurrent ? "  crl is valid: until \(date)" : "  crl is stale: since \(date)")
            status = isCurrent ? .good : .stale
        }
        for list in signed {
            if !list.isPartial, list !== newest { continue }
            if list.isDelta, let newest, newest.isNewer(than: list) { continue }
            guard let revocation = list.revocation(of: certificate) else { continue }
            trail.append("certificate was revoked on \(revocation)")
            return .revoked
        }
        return status
    }
}
