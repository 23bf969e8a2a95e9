import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// An exchange that we start: it writes one request and reads its response, perhaps several times.
protocol Exchange: AnyObject {
    /// charon's name of the task, for listings: `CHILD_CREATE`.
    var name: String { get }
    var type: ExchangeType { get }
    /// Commands that end with this exchange.
    var commands: [CommandID] { get set }
    /// The CHILD_SA configuration that the exchange is to bring up.
    var childName: String? { get }

    /// Writes the request's payloads.
    /// - Returns: `false` where there is nothing to ask any more; the exchange is dropped silently.
    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool

    /// The request as it was sent, for exchanges that must remember it.
    func sent(_ datagrams: [[UInt8]], _ sa: IKEv2SA)

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome

    /// The exchange will not be carried out, or not be answered: `reason` is a sentence for the operator.
    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn)
}

extension Exchange {
    var childName: String? { nil }

    /// Whether the response, or one that follows it, brings an SA.
    var isMakingSA: Bool { type == .createChildSA || type == .ikeFollowupKE }

    func sent(_ datagrams: [[UInt8]], _ sa: IKEv2SA) {}

    func complete(_ outcome: CommandOutcome, _ turn: inout Turn) {
        for command in commands { turn.effects.append(.complete(command, outcome)) }
        commands = []
    }

    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        complete(.failed(reason), &turn)
    }
}

/// A response to read: what it says, and its octets where it was not protected.
struct Response {
    var contents: MessageContents
    var header: IKEHeader
    var datagram: [UInt8]
}

/// What follows a response.
enum ExchangeOutcome {
    case done
    /// Build and send again: the same request with other contents.
    case again
    /// A late copy of an answer that was followed already: the right one is still awaited.
    case stale
    /// An unprotected answer that would end the exchange, if only one knew who sent it.
    case doubtful(reason: String)
    /// Continue with another exchange before anything else in the queue.
    case next(any Exchange)
    /// The IKE_SA cannot go on; `reason` is a sentence for the operator.
    case failed(reason: String)
}
