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

    mutating func add(_ certificate: Certificate, _ flag: CertificateFlag) {
        guard !certificates.contains(where: { $0.flag == flag && $0.certificate.der == certificate.der }) else {
            return
        }
        certificates.append(LoadedCertificate(certificate: certificate, flag: flag))
    }

    mutating func add(_ key: PrivateKey) {
        privateKeys.removeAll { $0.subjectPublicKeyInfo == key.subjectPublicKeyInfo }
        privateKeys.append(key)
    }

    /// The newest list of an issuer stays; `false` for one that is older than what is there.
    mutating func add(_ list: RevocationList) -> Bool {
        let older = revocationLists.filter { $0.issuer.isSame(as: list.issuer) && $0.isPartial == list.isPartial }
        guard older.allSatisfy({ $0.thisUpdate <= list.thisUpdate }) else { return false }
        revocationLists.removeAll { known in older.contains { $0 === known } }
        revocationLists.append(list)
        return true
    }
}
