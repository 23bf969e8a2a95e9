package import IKECodec
package import IPsecModel

/// The peer's side of the exchanges: which request comes next, and the response to the last one, kept for
/// retransmissions (RFC 7296 §2.1).
package struct ResponseWindow {
    package private(set) var expectedID: MessageID = 0
    private var kept: [[UInt8]] = []

    package init() {}

    /// The last response where it was a single datagram.
    package var last: [UInt8] { kept.first ?? [] }

    package enum Admission: Equatable {
        /// The next request.
        case new
        /// The last request again: send the same octets again.
        case duplicate([[UInt8]])
        /// Outside the window: dropped.
        case outside
    }

    package func admit(_ messageID: MessageID) -> Admission {
        if messageID == expectedID { return .new }
        if messageID &+ 1 == expectedID, !kept.isEmpty { return .duplicate(kept) }
        return .outside
    }

    /// A request was answered.
    package mutating func answered(with datagrams: [[UInt8]]) {
        kept = datagrams
        expectedID &+= 1
    }
}
