import CryptoInterface

extension CredentialError {
    /// One sentence for an administrator.
    var sentence: String {
        switch self {
        case .noPrivateKey(let identity): "no private key for '\(identity)'"
        case .noCertificate(let identity): "no certificate for '\(identity)'"
        case .identityNotConfirmed(let identity, let subject, let found):
            "certificate '\(subject)' does not confirm '\(identity)' but \(found.joined(separator: ", "))"
        case .untrusted(let subject, let issuer, let reason):
            "'\(subject)' of issuer '\(issuer)' is not trusted: \(reason)"
        case .expired(let subject, let notAfter): "certificate '\(subject)' expired on \(notAfter)"
        case .notYetValid(let subject, let notBefore): "certificate '\(subject)' is not valid before \(notBefore)"
        case .revoked(let subject): "certificate '\(subject)' was revoked"
        case .constraint(let subject, let reason): "'\(subject)': \(reason)"
        case .unreadable(let reason): reason
        }
    }
}

extension CryptoError {
    /// One sentence for an administrator.
    var sentence: String {
        switch self {
        case .unsupported(let name): "\(name) is not supported"
        case .integrity: "the data was altered, or the key is wrong"
        case .badPublicValue(let reason), .badKey(let reason), .backend(let reason): reason
        }
    }
}
