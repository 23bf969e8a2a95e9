package import CryptoInterface
package import IKECodec

/// What must be remembered between IKE_SA_INIT and the end of IKE_AUTH, and not a moment longer.
package struct Handshake {
    package var initiatorNonce: [UInt8] = []
    package var responderNonce: [UInt8] = []
    /// The IKE_SA_INIT messages as they stood on the wire: both AUTH payloads sign them (RFC 7296 §2.15).
    package var initRequest: [UInt8] = []
    package var initResponse: [UInt8] = []
    /// Hashes that the peer can check signatures with (RFC 7427 §4); `nil`: it does not know RFC 7427.
    package var peerHashes: [HashAlgorithm]?
    /// CA key hashes that the peer asked for.
    package var requestedAuthorities: [[UInt8]] = []
    package var peerAsksForCertificate = false

    package init() {}
}
