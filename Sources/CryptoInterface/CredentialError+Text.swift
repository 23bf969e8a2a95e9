extension CredentialError: CustomStringConvertible {
    /// A sentence for the log that begins with charon's words where charon has some.
    package var description: String {
        switch self {
        case .noPrivateKey(let identity, let reason):
            "no private key found for '\(identity)': \(reason)"
        case .noCertificate(let identity):
            "no certificate was sent for '\(identity)', and none is configured"
        case .identityNotConfirmed(let identity, let subject, let found):
            "the certificate '\(subject)' does not confirm '\(identity)', it speaks for "
                + (found.isEmpty ? "nobody else" : found.map { "'\($0)'" }.joined(separator: ", "))
        case .untrusted(let subject, let issuer, let reason):
            "no issuer certificate found for \"\(subject)\", issuer is \"\(issuer)\" (\(reason))"
        case .expired(let subject, let notAfter):
            "subject certificate invalid: '\(subject)' expired on \(notAfter)"
        case .notYetValid(let subject, let notBefore):
            "subject certificate invalid: '\(subject)' is not valid before \(notBefore)"
        case .revoked(let subject):
            "certificate was revoked: '\(subject)'"
        case .constraint(let subject, let reason):
            "constraint check failed for '\(subject)': \(reason)"
        case .unreadable(let reason):
            reason
        }
    }
}
