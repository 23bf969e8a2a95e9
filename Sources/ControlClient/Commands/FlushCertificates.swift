extension Command {
    /// Forgets cached certificates and revocation lists.
    static let flushCertificates = Command(
        "flush-certs", ["f"], "flush cached certificates",
        usage: ["[--type x509|x509_ac|x509_crl|ocsp_response|pubkey]", "[--raw|--pretty|--json]"],
        options: [.value("type", "t", "filter by certificate type")]
    ) { (context) throws(ControlError) in
        try context.answer("flush-certs", context.request("type")) { _ in [] }
    }
}
