import IPsecModel

/// Where credentials came from; what one source loads, only that source clears.
package enum CredentialSource: Int, Sendable, CaseIterable {
    /// ipsec.conf, ipsec.secrets and the directories beside them.
    case files
    /// Commands on the control socket.
    case control
}

/// How a certificate is to be taken; raw values are the words of `load-cert` and `list-certs`.
package enum CertificateFlag: String, Sendable, CaseIterable {
    case none = "NONE"
    /// A trust anchor.
    case ca = "CA"
    case aa = "AA"
    case ocsp = "OCSP"
}

/// A certificate with the flag under which it was loaded.
package struct LoadedCertificate {
    package let certificate: Certificate
    package let flag: CertificateFlag
}

/// The certificates, private keys and revocation lists of one source.
struct CredentialLayer {
    var certificates: [LoadedCertificate] = []
    var privateKeys: [PrivateKey] = []
    var revocationLists: [RevocationList] = []
    /// Raw public keys, which speak for their key identifiers and for nothing else.
    var publicKeys: [PublicKey] = []

    mutating func add(_ certificate: Certificate, _ flag: CertificateFlag) {
        guard !certificates.contains(where: { $0.flag == flag && $0.certificate.der == certificate.der }) else {
            return
        }
        certificates.append(LoadedCertificate(certificate: certificate, flag: flag))
    }

    mutating func add(_ key: PublicKey) {
        publicKeys.removeAll { $0.subjectPublicKeyInfo == key.subjectPublicKeyInfo }
        publicKeys.append(key)
    }

    mutating func add(_ key: PrivateKey) {
        privateKeys.removeAll { $0.subjectPublicKeyInfo == key.subjectPublicKeyInfo }
        privateKeys.append(key)
    }

    /// The newest list of an issuer stays; `false` for one that is older than what is there.
    ///
    /// - Parameter authorities: the CAs that are loaded. Only a list that is signed with the same key as another one
    ///   takes its place: a forged one would take the good one away.
    mutating func add(_ list: RevocationList, authorities: [Certificate]) -> Bool {
        guard !revocationLists.contains(where: { $0.der == list.der }) else { return true }
        if let authority = authorities.first(where: list.isIssued) {
            let rivals = revocationLists.filter { $0.isPartial == list.isPartial && $0.isIssued(by: authority) }
            guard !rivals.contains(where: { $0.isNewer(than: list) }) else { return false }
            revocationLists.removeAll { known in rivals.contains { $0 === known } }
        }
        revocationLists.append(list)
        return true
    }
}
