import VICI

/// Certificates as `swanctl --list-certs` shows them, grouped under titles.
struct CertificateListing {
    let short: Bool
    let utc: Bool
    /// Seconds since 1970, to tell what is valid.
    let now: Int
    private var title = ""

    init(short: Bool, utc: Bool, now: Int = CertificateTime.now) {
        self.short = short
        self.utc = utc
        self.now = now
    }

    /// The lines of one `list-cert` event; the title comes before the first certificate of its kind.
    mutating func lines(of certificate: VICIMessage) -> [String] {
        let title = CertificateListing.title(of: certificate)
        let heading = title == self.title ? [""] : ["", "List of \(title)", ""]
        self.title = title
        return heading + details(of: certificate)
    }

    static func pem(_ certificate: VICIMessage) -> [String] {
        guard let data = certificate.bytes("data") else { return [] }
        switch certificate.string("type") {
        case "X509_CRL": return Base64.pem(data, label: "X509 CRL")
        case "X509_AC": return Base64.pem(data, label: "ATTRIBUTE CERTIFICATE")
        case "PUBKEY": return Base64.pem(data, label: "PUBLIC KEY")
        case "OCSP_RESPONSE": return Base64.pem(data, label: "OCSP RESPONSE")
        default: return Base64.pem(data, label: "CERTIFICATE")
        }
    }

    private static func title(of certificate: VICIMessage) -> String {
        switch (certificate.string("type"), certificate.string("flag")) {
        case ("X509", "CA"): "X.509 CA Certificates"
        case ("X509", "AA"): "X.509 AA Certificates"
        case ("X509", "OCSP"): "X.509 OCSP Signer Certificates"
        case ("X509", _): "X.509 End Entity Certificates"
        case ("X509_AC", _): "X.509 Attribute Certificates"
        case ("X509_CRL", _): "X.509 CRLs"
        case ("OCSP_RESPONSE", _): "OCSP Responses"
        case ("PUBKEY", _): "Raw Public Keys"
        default: "\(certificate.shown("type") ?? "unknown") Certificates"
        }
    }

    private func details(of certificate: VICIMessage) -> [String] {
        let data = certificate.bytes("data") ?? []
        let hasKey = certificate.bool("has_privkey") == true
        switch certificate.string("type") {
        case "X509":
            guard let summary = X509Summary(data) else { break }
            return X509Listing(summary: summary, hasPrivateKey: hasKey, short: short, utc: utc, now: now).lines
        case "PUBKEY":
            var reader = DERReader(data[...])
            guard let key = reader.next().flatMap(PublicKeySummary.init) else { break }
            let subject = certificate.shown("subject").map { ["  subject:  \"\($0)\""] } ?? []
            return subject + X509Listing.lines(of: key, hasPrivateKey: hasKey)
        default: break
        }
        let subject = certificate.shown("subject").map { ["  subject:  \"\($0)\""] } ?? []
        return subject + ["  size:      \(data.count) bytes"]
    }
}
