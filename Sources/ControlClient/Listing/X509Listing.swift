/// One X.509 certificate as `swanctl --list-certs` shows it.
struct X509Listing {
    let summary: X509Summary
    let hasPrivateKey: Bool
    let short: Bool
    let utc: Bool
    let now: Int

    var lines: [String] {
        let extensions = summary.extensions
        var lines = [
            "  subject:  \"\(summary.subject)\"", "  issuer:   \"\(summary.issuer)\"",
            "  validity:  not before \(CertificateTime.text(summary.notBefore, utc: utc)), \(begin)",
            "             not after  \(CertificateTime.text(summary.notAfter, utc: utc)), \(end)",
            "  serial:    \(X509Listing.hex(summary.serial))",
        ]
        if !extensions.alternativeNames.isEmpty {
            lines.append("  altNames:  " + extensions.alternativeNames.joined(separator: ", "))
        }
        if !short { lines += details }
        // A certificate that does not name its key is named by it all the same.
        let subjectKey = extensions.subjectKeyIdentifier ?? summary.publicKey?.subjectKeyIdentifier
        for (title, identifier) in [("authkeyId", extensions.authorityKeyIdentifier), ("subjkeyId", subjectKey)] {
            if let identifier { lines.append("  \(title): \(X509Listing.hex(identifier))") }
        }
        if let key = summary.publicKey { lines += X509Listing.lines(of: key, hasPrivateKey: hasPrivateKey) }
        return lines
    }

    static func lines(of key: PublicKeySummary, hasPrivateKey: Bool) -> [String] {
        [
            "  pubkey:    \(key.description)\(hasPrivateKey ? ", has private key" : "")",
            "  keyid:     \(hex(key.keyIdentifier))",
            "  subjkey:   \(hex(key.subjectKeyIdentifier))",
        ]
    }

    private var begin: String {
        summary.notBefore <= now ? "ok" : "not valid yet (valid in \(distance(summary.notBefore)))"
    }

    private var end: String {
        summary.notAfter >= now
            ? "ok (expires in \(distance(summary.notAfter)))" : "expired (\(distance(summary.notAfter)) ago)"
    }

    private var details: [String] {
        let extensions = summary.extensions
        let flags =
            (extensions.isAuthority ? ["CA"] : []) + (extensions.signsCRLs ? ["CRLSign"] : [])
            + extensions.usages + (summary.isSelfSigned ? ["self-signed"] : [])
        // The space at the end is part of the layout.
        var lines = ["  flags:     " + flags.map { $0 + " " }.joined()]
        lines += column("CRL URIs: ", extensions.crlURIs) + column("OCSP URIs:", extensions.ocspURIs)
        if let length = extensions.pathLength { lines.append("  pathlen:   \(length)") }
        if !extensions.policies.isEmpty {
            lines += ["  certificatePolicies:"] + extensions.policies.map { "             \($0)" }
        }
        return lines
    }

    private func column(_ title: String, _ items: [String]) -> [String] {
        items.enumerated().map { index, item in index == 0 ? "  \(title) \(item)" : "           \(item)" }
    }

    private func distance(_ time: Int) -> String {
        DisplayText.duration(UInt64((time - now).magnitude))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { MessageText.hex([$0]) }.joined(separator: ":")
    }
}
