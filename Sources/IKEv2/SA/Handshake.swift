import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// What must be remembered between IKE_SA_INIT and the end of IKE_AUTH, and not a moment longer.
struct Handshake {
    var initiatorNonce: [UInt8] = []
    var responderNonce: [UInt8] = []
    /// The IKE_SA_INIT messages as they stood on the wire: both AUTH payloads sign them (RFC 7296 §2.15).
    var initRequest: [UInt8] = []
    var initResponse: [UInt8] = []
    /// Hashes that the peer can check signatures with (RFC 7427 §4); `nil`: it does not know RFC 7427.
    var peerHashes: [HashAlgorithm]?
    /// CA key hashes that the peer asked for.
    var requestedAuthorities: [[UInt8]] = []
    var peerAsksForCertificate = false
    /// Additional key exchanges that the peer has still to ask for, where we are the responder.
    var keyAnswers = AdditionalKeyAnswers([])
    var intermediate = IntermediateTranscript()
    /// What we offer to mix in as initiator (RFC 8784).
    var ppk: PostquantumPreSharedKey?

    init() {}
}
