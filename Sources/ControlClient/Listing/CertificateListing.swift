import VICI

/// Certificates as `swanctl --list-certs` shows them, grouped under titles.
struct CertificateListing {
    let short: Bool
    let utc: Bool
    private var title = ""

    init(short: Bool, utc: Bool) {
        self.short = short
        self.utc = utc
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
        let subject = certificate.shown("subject")
        return [
            subject.map { "  subject:  \"\($0)\"" },
            "  size:      \(certificate.bytes("data")?.count ?? 0) bytes",
            certificate.bool("has_privkey") == true ? "  pubkey:    has private key" : nil,
        ].compactMap { $0 }
    }
}
