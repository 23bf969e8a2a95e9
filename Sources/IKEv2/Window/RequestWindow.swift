import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Our side of the exchanges: at most one request of ours waits for its response (window size 1, RFC 7296 §2.3).
struct RequestWindow {
    /// A request that was sent and is not answered.
    struct Outstanding {
        let messageID: MessageID
        let exchange: ExchangeType
        let datagrams: [[UInt8]]
        /// Transmissions after the first.
        var attempt: Int
    }

    /// The message ID of the next new request.
    private(set) var nextID: MessageID = 0
    private(set) var outstanding: Outstanding?

    init() {}

    var isFree: Bool { outstanding == nil }

    /// Remembers a request that is about to be sent.
    mutating func sent(_ exchange: ExchangeType, _ datagrams: [[UInt8]], messageID: MessageID) {
        outstanding = Outstanding(messageID: messageID, exchange: exchange, datagrams: datagrams, attempt: 0)
    }

    /// Whether a response belongs to the outstanding request; late and duplicate ones do not.
    func expects(_ header: IKEHeader) -> Bool {
        outstanding?.messageID == header.messageID && outstanding?.exchange == header.exchange
    }

    /// The response is here: the next request takes the next number.
    mutating func answered() {
        guard let request = outstanding else { return }
        nextID = request.messageID &+ 1
        outstanding = nil
    }

    /// The exchange starts again under the same number: IKE_SA_INIT after COOKIE or INVALID_KE_PAYLOAD.
    mutating func restart() { outstanding = nil }

    enum Timeout {
        case nothing
        case resend([[UInt8]], attempt: Int)
        case giveUp(attempts: Int)
    }

    /// The retransmission timer fired.
    mutating func timedOut(tries: Int) -> Timeout {
        guard var request = outstanding else { return .nothing }
        guard request.attempt < tries else { return .giveUp(attempts: request.attempt) }
        request.attempt += 1
        outstanding = request
        return .resend(request.datagrams, attempt: request.attempt)
    }
}
