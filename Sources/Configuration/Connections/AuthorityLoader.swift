/// Turns the keys of `authorities.<name>` (swanctl.conf, `load-authority`) into an ``AuthorityConfig``.
package struct AuthorityLoader {
    private let files: any ConfigurationFiles

    package init(files: any ConfigurationFiles) { self.files = files }

    /// - Throws: the first key that is unknown or whose value is wrong. A `file` that is missing is a warning.
    package func load(
        name: String, _ node: ConfigurationNode, source: String = ""
    ) throws(ConnectionLoadError) -> (authority: AuthorityConfig, warnings: [String]) {
        var authority = AuthorityConfig(name: name)
        authority.source = source
        var warnings: [String] = []
        for item in node.items {
            do throws(ValueError) {
                if try apply(item, to: &authority, warnings: &warnings) { continue }
            } catch {
                throw .invalid(item.key, error, value: item.key == "cacert" ? ["…"] : item.content.texts ?? [])
            }
            throw .unknown(item.key, what: "option", among: Self.keys)
        }
        return (authority, warnings)
    }

    private static let keys = [
        "cacert", "file", "handle", "slot", "module", "crl_uris", "ocsp_uris", "cert_uri_base",
    ]

    private func apply(
        _ item: ConfigurationNode.Item, to authority: inout AuthorityConfig, warnings: inout [String]
    ) throws(ValueError) -> Bool {
        guard let texts = item.content.texts else { return false }
        switch item.key {
        case "cacert":
            for blob in item.content.blobs ?? [] {
                let found = Encoded.certificates(blob)
                guard !found.isEmpty else { throw ValueError("is no certificate in DER or PEM") }
                authority.certificates += found
            }
        case "file":
            var loader = CertificateFiles(files: files, folder: ".")
            authority.certificates += loader.certificates(texts.joined(separator: ","))
            warnings += loader.warnings.map { "'file': \($0)" }
        case "handle", "slot", "module":
            throw ValueError("'\(item.key)' names a certificate on a token, and tokens are not offered")
        case "crl_uris": (authority.crlURIs, warnings) = (texts, warnings + ["'crl_uris' has no effect yet"])
        case "ocsp_uris": (authority.ocspURIs, warnings) = (texts, warnings + ["'ocsp_uris' has no effect yet"])
        case "cert_uri_base":
            authority.certificateURIBase = texts.joined(separator: ",")
            warnings.append("'cert_uri_base' has no effect yet")
        default: return false
        }
        return true
    }
}
