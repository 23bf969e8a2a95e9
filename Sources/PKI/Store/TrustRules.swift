package import IPsecModel

/// What the daemon's settings say about trust in general; the rest stands in each connection.
package struct TrustRules: Equatable, Sendable {
    /// `x509.enforce_critical`: whether a critical extension that nobody here knows makes a certificate invalid.
    package var enforcesCriticalExtensions = true
    /// `reject_trusted_end_entity`: whether a peer is refused whose own certificate is installed here.
    package var rejectsTrustedEndEntity = false
    /// `rdn_matching`
    package var names = NameMatching.strict

    package init() {}
}
