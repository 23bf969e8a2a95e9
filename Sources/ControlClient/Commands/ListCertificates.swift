import VICI

extension Command {
    /// Lists certificates and raw public keys.
    static let listCertificates = Command(
        "list-certs", ["x"], "list stored certificates",
        usage: [
            "[--subject <dn/san>] [--pem]",
            "[--type x509|x509_ac|x509_crl|ocsp_response|pubkey]",
            "[--flag none|ca|aa|ocsp|any] [--raw|--pretty|--json|--short|--utc]",
        ],
        options: [
            .value("subject", "s", "filter by certificate subject"),
            .value("type", "t", "filter by certificate type"),
            .value("flag", "f", "filter by X.509 certificate flag"),
            .flag("pem", "p", "print PEM encoding of certificate"),
            .flag("short", "S", "omit some certificate details"),
            .flag("utc", "U", "use UTC for time fields"),
        ]
    ) { (context) throws(ControlError) in
        let message = context.request("type", "flag", "subject")
        var listing = CertificateListing(short: context.options.has("short"), utc: context.options.has("utc"))
        let pem = context.options.has("pem")
        return try context.list("list-certs", message, event: "list-cert") { certificate in
            pem ? CertificateListing.pem(certificate) : listing.lines(of: certificate)
        }
    }
}
