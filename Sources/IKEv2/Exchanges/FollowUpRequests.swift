import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// IKE_FOLLOWUP_KE as initiator: the additional key exchanges of an SA that CREATE_CHILD_SA has begun
/// (RFC 9370 §2.2.4). The exchange that sent CREATE_CHILD_SA sends these as well.
///
///     initiator                                            responder
///     HDR, SK { SA, Ni, KEi(0), … }                    →
///                                                      ←   HDR, SK { SA, Nr, KEr(0), N(ADDITIONAL_KEY_EXCHANGE), … }
///     HDR, SK { KEi(1), N(ADDITIONAL_KEY_EXCHANGE) }   →
///                                                      ←   HDR, SK { KEr(1), [N(ADDITIONAL_KEY_EXCHANGE)] }
struct FollowUpRequests {
    private var exchanges: AdditionalKeyExchanges
    /// What the responder knows the SA by.
    private var link: [UInt8]

    /// - Parameter response: the response to CREATE_CHILD_SA.
    /// - Throws: where the response cannot be followed up.
    init(_ methods: [KeyExchangeMethod], _ response: MessageContents) throws(ChildFailure) {
        exchanges = AdditionalKeyExchanges(methods)
        link = try Self.link(response)
    }

    var isDone: Bool { exchanges.isDone }
    var secrets: [SecretBytes] { exchanges.secrets }

    mutating func write(_ message: inout PayloadWriter, _ crypto: any CryptoProvider) throws(ChildFailure) {
        do throws(CryptoError) {
            try exchanges.write(&message, crypto)
        } catch {
            throw .crypto(error)
        }
        message.add(.additionalKeyExchange, data: link)
    }

    mutating func read(_ response: MessageContents) throws(ChildFailure) {
        if let error = response.errorNotify, response.ke == nil { throw .refused(error.type) }
        try exchanges.read(response)
        if !isDone { link = try Self.link(response) }
    }

    private static func link(_ response: MessageContents) throws(ChildFailure) -> [UInt8] {
        guard let notify = response.notify(.additionalKeyExchange) else {
            throw .badAnswer("the peer's answer lacks ADDITIONAL_KEY_EXCHANGE")
        }
        return notify.data
    }
}

extension ChildFailure {
    /// The peer is busy, or has forgotten what it began: another try may succeed (RFC 7296 §2.25, RFC 9370 §2.2.4).
    var isTemporary: Bool {
        guard case .refused(let type) = self else { return false }
        return type == .temporaryFailure || type == .stateNotFound
    }
}
