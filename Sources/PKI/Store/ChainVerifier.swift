import COpenSSL
import CryptoInterface
import IPsecModel

/// A chain that stood.
struct VerifiedChain {
    /// End entity first, trust anchor last.
    let certificates: [Certificate]

    /// The end entity, for messages.
    var subject: String { certificates.first?.subject.description ?? "" }

    /// How the chain was found, in charon's words.
    ///
    /// - Parameter known: whether a certificate is one of those that are loaded as a CA.
    func trail(isKnown known: (Certificate) -> Bool) -> [String] {
        guard let first = certificates.first else { return [] }
        var lines = ["  using certificate \"\(first.subject)\""]
        for (place, authority) in certificates.enumerated().dropFirst() {
            let isRoot = place == certificates.count - 1
            let kind = isRoot ? "trusted ca" : known(authority) ? "trusted intermediate ca" : "untrusted intermediate"
            lines.append("  using \(kind) certificate \"\(authority.subject)\"")
        }
        if certificates.count > 1 {
            lines.append("  reached self-signed root ca with a path length of \(certificates.count - 2)")
        }
        return lines
    }

    func isValid(at now: Int64) -> Bool {
        !certificates.isEmpty && certificates.allSatisfy { $0.notBefore <= now && now <= $0.notAfter }
    }
}

/// Builds and checks chains from an end entity to a trust anchor (RFC 5280 §6): signatures, validity, path length, name
/// constraints, critical extensions, key usage. Extended key usage is not asked for.
///
/// A configured CA is an anchor where it is self-signed. One that another CA signed stands between only: a chain that
/// ended at it would never be checked for its own revocation, validity of its issuer, and path length.
final class ChainVerifier {
    private let store: OpaquePointer?
    private let anchors: [OpaquePointer: Certificate]

    /// - Parameter enforcesCritical: whether a certificate with a critical extension that nobody here knows is refused.
    init(anchors: [Certificate], enforcesCritical: Bool = true) {
        self.anchors = Dictionary(anchors.map { ($0.pointer, $0) }, uniquingKeysWith: { first, _ in first })
        store = X509_STORE_new()
        guard let store else { return }
        for anchor in anchors where X509_STORE_add_cert(store, anchor.pointer) != 1 { ERR_clear_error() }
        if !enforcesCritical { X509_STORE_set_flags(store, UInt(X509_V_FLAG_IGNORE_CRITICAL)) }
    }

    deinit { X509_STORE_free(store) }

    /// - Parameter others: certificates that may stand between, trusted for nothing.
    func verify(
        _ endEntity: Certificate, others: [Certificate], at now: Int64
    ) throws(CredentialError) -> VerifiedChain {
        guard let store, let context = X509_STORE_CTX_new(), let stack = swand_x509_stack() else {
            throw .unreadable(libcryptoReason())
        }
        defer {
            X509_STORE_CTX_free(context)
            swand_x509_stack_free(stack)
        }
        for other in others where swand_x509_push(stack, other.pointer) != 1 { throw .unreadable(libcryptoReason()) }
        guard X509_STORE_CTX_init(context, store, endEntity.pointer, stack) == 1 else {
            throw .unreadable(libcryptoReason())
        }
        X509_STORE_CTX_set_time(context, 0, time_t(now))
        let isValid = X509_verify_cert(context) == 1
        ERR_clear_error()
        guard isValid else { throw failure(context, endEntity) }
        let verified = VerifiedChain(certificates: chain(context, endEntity, others))
        try checkUses(verified)
        return verified
    }

    /// libcrypto takes a certificate with keyCertSign for a CA even without basic constraints (RFC 5280 §6.1.4 (k)), and
    /// does not know that we are about to check a signature (RFC 4945 §5.1.3.2).
    private func checkUses(_ chain: VerifiedChain) throws(CredentialError) {
        for issuer in chain.certificates.dropFirst() where !issuer.isCA {
            throw .constraint(subject: issuer.subject.description, reason: "it issues without the CA basic constraint")
        }
        guard chain.certificates.first?.maySign == true else {
            throw .constraint(subject: chain.subject, reason: "its key usage does not allow signatures")
        }
    }

    /// The chain as certificates that are known already where possible: what was read of them is kept.
    private func chain(_ context: OpaquePointer, _ endEntity: Certificate, _ others: [Certificate]) -> [Certificate] {
        guard let stack = X509_STORE_CTX_get0_chain(context) else { return [endEntity] }
        return (0..<max(0, swand_x509_count(stack))).compactMap { index in
            guard let pointer = swand_x509_at(stack, index) else { return nil }
            if pointer == endEntity.pointer { return endEntity }
            if let anchor = anchors[pointer] { return anchor }
            if let other = others.first(where: { $0.pointer == pointer }) { return other }
            return X509_up_ref(pointer) == 1 ? Certificate(taking: pointer) : nil
        }
    }

    private func failure(_ context: OpaquePointer, _ endEntity: Certificate) -> CredentialError {
        let code = X509_STORE_CTX_get_error(context)
        let reason = String(cString: X509_verify_cert_error_string(Int(code)))
        var culprit = endEntity
        if let pointer = X509_STORE_CTX_get_current_cert(context), X509_up_ref(pointer) == 1 {
            culprit = Certificate(taking: pointer)
        }
        let subject = culprit.subject.description
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return .expired(subject: subject, notAfter: calendarTime(culprit.notAfter))
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return .notYetValid(subject: subject, notBefore: calendarTime(culprit.notBefore))
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_CERT_SIGNATURE_FAILURE,
            X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, X509_V_ERR_CERT_UNTRUSTED:
            return .untrusted(subject: subject, issuer: culprit.issuer.description, reason: reason)
        default: return .constraint(subject: subject, reason: reason)
        }
    }
}

/// `2031-04-05 06:07:08 UTC`
func calendarTime(_ seconds: Int64) -> String {
    guard (-62_135_596_800...253_402_300_799).contains(seconds) else { return "\(seconds) s after 1970" }
    let day = seconds.flooring(86_400)
    let rest = seconds - day * 86_400
    // Days since 0000-03-01, in eras of 400 years: leap days then come last in their year.
    let shifted = day + 719_468
    let era = shifted.flooring(146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfMonth, 2))"
    return "\(date) \(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2)) UTC"
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

extension Int64 {
    fileprivate func flooring(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
