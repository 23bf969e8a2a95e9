/// A folder of certificates and what they are trusted for.
struct CertificateFolder: Sendable {
    var folder: String
    /// `type` of `load-cert`.
    var type: String
    /// `flag` of `load-cert`.
    var flag: String?

    static let all = [
        CertificateFolder(folder: "x509", type: "X509", flag: "NONE"),
        CertificateFolder(folder: "x509ca", type: "X509", flag: "CA"),
        CertificateFolder(folder: "x509ocsp", type: "X509", flag: "OCSP"),
        CertificateFolder(folder: "x509aa", type: "X509", flag: "AA"),
        CertificateFolder(folder: "x509ac", type: "X509_AC", flag: nil),
        CertificateFolder(folder: "x509crl", type: "X509_CRL", flag: nil),
        CertificateFolder(folder: "pubkey", type: "PUBKEY", flag: nil),
    ]
}

/// A folder of private keys.
struct KeyFolder: Sendable {
    /// The folder, and the beginning of the names of sections that hold passphrases of its files.
    var folder: String
    /// `type` of `load-key`; containers are taken apart before.
    var type: String

    static let all = [
        KeyFolder(folder: "private", type: "any"),
        KeyFolder(folder: "rsa", type: "rsa"),
        KeyFolder(folder: "ecdsa", type: "ecdsa"),
        KeyFolder(folder: "pkcs8", type: "any"),
        KeyFolder(folder: "pkcs12", type: "pkcs12"),
    ]
}
