package import IKECodec
package import IKESA
package import IPsecModel

/// Our side of the exchanges: at most one request of ours waits for its response (window size 1, RFC 7296 §2.3).
package struct RequestWindow {
    /// A request that was sent and is not answered.
    package struct Outstanding {
        package let messageID: MessageID
        package let exchange: ExchangeType
        package let datagrams: [[UInt8]]
        /// Transmissions after the first.
        package var attempt: Int
    }

    /// The message ID of the next new request.
    package private(set) var nextID: MessageID = 0
    package private(set) var outstanding: Outstanding?

    package init() {}

    package var isFree: Bool { outstanding == nil }

    /// Remembers a request that is about to be sent.
    package mutating func sent(_ exchange: ExchangeType, _ datagrams: [[UInt8]], messageID: MessageID) {
        outstanding = Outstanding(messageID: messageID, exchange: exchange, datagrams: datagrams, attempt: 0)
    }

    /// Whether a response belongs to the outstanding request; late and duplicate ones do not.
    package func expects(_ header: IKEHeader) -> Bool {
        outstanding?.messageID == header.messageID && outstanding?.exchange == header.exchange
    }

    /// The response is here: the next request takes the next number.
    package mutating func answered() {
        guard let request = outstanding else { return }
        nextID = request.messageID &+ 1
        outstanding = nil
    }

    /// The exchange starts again under the same number: IKE_SA_INIT after COOKIE or INVALID_KE_PAYLOAD.
    package mutating func restart() { outstanding = nil }

    package enum Timeout {
        case nothing
        case resend([[UInt8]], attempt: Int)
        case giveUp(attempts: Int)
    }

    /// The retransmission timer fired.
    package mutating func timedOut(tries: Int) -> Timeout {
        guard var request = outstanding else { return .nothing }
        guard request.attempt < tries else { return .giveUp(attempts: request.attempt) }
        request.attempt += 1
        outstanding = request
        return .resend(request.datagrams, attempt: request.attempt)
    }
}
