import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Deletes the IKE_SA and with it all its CHILD_SAs (RFC 7296 §1.4.1).
final class DeleteIKEExchange: Exchange {
    let name = "IKE_DELETE"
    let type = ExchangeType.informational
    var commands: [CommandID] = []

    init() {}

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        sa.log(&turn, .ike, 0) { "deleting IKE_SA \(sa.label) between \(sa.ends)" }
        sa.log(&turn, .ike) { "sending DELETE for IKE_SA \(sa.label)" }
        if sa.state != .rekeyed { sa.state = .deleting }
        message.add(.delete) { DeletePayload(protocolID: .ike).write(to: &$0) }
        return true
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.log(&turn, .ike, 0) { "IKE_SA deleted" }
        complete(.done, &turn)
        return .failed(reason: "deleted by this side")
    }

    /// Gone is gone, whoever took it away.
    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        complete(.done, &turn)
    }
}

/// Deletes one CHILD_SA (RFC 7296 §1.4.1).
final class DeleteChildExchange: Exchange {
    let name = "CHILD_DELETE"
    let type = ExchangeType.informational
    var commands: [CommandID] = []

    private var child: ChildSA
    /// The last step of a rekeying: the replacement stays.
    private let endsRekeying: Bool
    /// The CHILD_SA was never installed here; only the peer has it.
    private var isFailed = false
    /// Reached its hard limit: the kernel has no inbound SA any more.
    private let expired: Bool

    init(_ child: ChildSA, expired: Bool = false) {
        self.child = child
        endsRekeying = child.state == .rekeyed
        self.expired = expired
    }

    static func forFailed(_ child: ChildSA) -> DeleteChildExchange {
        let exchange = DeleteChildExchange(child)
        exchange.isFailed = true
        return exchange
    }

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        if !isFailed {
            // Rekeyed by the peer while this waited: what is to be closed is the replacement.
            while !endsRekeying, !expired, let new = child.replacedBy { child = new }
            // The peer may have deleted it in the meantime.
            guard sa.children.contains(where: { $0 === child }), child.state != .deleting, child.state != .deleted
            else {
                complete(.done, &turn)
                return false
            }
            sa.logClosing(child, &turn)
        }
        if child.state == .rekeyed {
            // The peer's delete may cross ours; sending goes on with the replacement.
            try? child.replacedBy?.installOutbound(sa.environment)
            child.stopSending(sa.environment.kernel)
        }
        wasRekeyed = child.state == .rekeyed
        child.state = .deleting
        sa.log(&turn, .ike) { "sending DELETE for \(child.protocolID.name) CHILD_SA with SPI \(child.spiIn)" }
        message.add(.delete) { DeletePayload(protocolID: child.protocolID, spis: [child.spiIn]).write(to: &$0) }
        return true
    }
    private var wasRekeyed = false

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .infoInResp)
        guard !isFailed else { return .done }
        for delete in response.contents.deletes where delete.spis.contains(child.spiOut) {
            sa.log(&turn, .ike) { "received DELETE for \(child.protocolID.name) CHILD_SA with SPI \(child.spiOut)" }
        }
        sa.childDeleted(child, wasRekeyed: wasRekeyed, &turn)
        sa.log(&turn, .ike) { "CHILD_SA closed" }
        complete(.done, &turn)
        return .done
    }

    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        complete(.done, &turn)
    }
}
