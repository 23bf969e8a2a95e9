import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// What both AUTH payloads vouch for of the IKE_INTERMEDIATE exchanges before them (RFC 9242 §3.3.2):
///
///     IntAuth_i(n) = prf(SK_pi(n), IntAuth_i(n-1) | message n of the initiator)
///     IntAuth_r(n) = prf(SK_pr(n), IntAuth_r(n-1) | message n of the responder)
///     IntAuth = IntAuth_i | IntAuth_r | message ID of IKE_AUTH (u32)
///
/// SK_p(n) are the keys that stand before exchange n. A message counts in one piece and as it was before it was
/// encrypted, with lengths that leave out IV, padding and ICV.
struct IntermediateTranscript {
    private var ofInitiator: [UInt8] = []
    private var ofResponder: [UInt8] = []
    private var exchanges: UInt32 = 0

    init() {}

    /// Adds a message of either side.
    ///
    /// - Parameters:
    ///   - first, payloads: what stands inside the SK payload.
    ///   - key: SK_p of the message's sender.
    mutating func append(
        _ header: IKEHeader, first: PayloadType, payloads: [UInt8], key: SecretBytes, prf: PRFAlgorithm,
        crypto: any CryptoProvider
    ) throws(CryptoError) {
        let message = Self.octets(header, first: first, payloads: payloads)
        if header.isFromInitiator {
            ofInitiator = try crypto.prf(prf, key: key, ofInitiator, message).withUnsafeBytes { Array($0) }
            exchanges += 1
        } else {
            ofResponder = try crypto.prf(prf, key: key, ofResponder, message).withUnsafeBytes { Array($0) }
        }
    }

    /// What follows the MACed identity in the octets to be signed; nothing where there was no IKE_INTERMEDIATE.
    var signedOctets: [UInt8] {
        guard exchanges > 0 else { return [] }
        // IKE_SA_INIT has message ID 0, and each IKE_INTERMEDIATE the next.
        var writer = ByteWriter(reserving: 4)
        writer.u32(exchanges + 1)
        return ofInitiator + ofResponder + writer.bytes
    }

    /// IKE header | generic header of the SK payload | payloads
    private static func octets(_ header: IKEHeader, first: PayloadType, payloads: [UInt8]) -> [UInt8] {
        let total = IKEHeader.size + 4 + payloads.count
        var header = header
        header.nextPayload = .encrypted
        header.length = UInt32(clamping: total)
        var writer = ByteWriter(reserving: total)
        header.write(to: &writer)
        writer.u8(first.rawValue)
        writer.u8(0)
        writer.u16(UInt16(clamping: 4 + payloads.count))
        writer.append(payloads)
        return writer.bytes
    }
}
