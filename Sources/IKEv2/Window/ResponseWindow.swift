import CryptoInterface
import IKECodec
import IKESA
package import IPsecModel
import Wire

/// A response as it was sent.
package struct LastResponse {
    package let messageID: MessageID
    package let datagrams: [[UInt8]]
}

/// The peer's side of the exchanges: which request comes next, and the response to the last one, kept for
/// retransmissions (RFC 7296 §2.1).
struct ResponseWindow {
    private(set) var expectedID: MessageID = 0
    private var kept: [[UInt8]] = []
    /// The exchange of the last request.
    private(set) var lastExchange: ExchangeType?

    init() {}

    /// The last response where it was a single datagram.
    var last: [UInt8] { kept.first ?? [] }

    /// What a retransmission of the last request is answered with.
    var lastResponse: LastResponse? {
        kept.isEmpty ? nil : LastResponse(messageID: expectedID &- 1, datagrams: kept)
    }

    enum Admission: Equatable {
        /// The next request.
        case new
        /// The last request again: send the same octets again.
        case duplicate([[UInt8]])
        /// Outside the window: dropped.
        case outside
    }

    func admit(_ messageID: MessageID) -> Admission {
        if messageID == expectedID { return .new }
        if messageID &+ 1 == expectedID, !kept.isEmpty { return .duplicate(kept) }
        return .outside
    }

    /// A request was answered.
    mutating func answered(_ exchange: ExchangeType, with datagrams: [[UInt8]]) {
        kept = datagrams
        lastExchange = exchange
        expectedID &+= 1
    }
}
