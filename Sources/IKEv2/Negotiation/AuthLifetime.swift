import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// AUTH_LIFETIME: the responder says by when the initiator must authenticate again (RFC 4478).
enum AuthLifetime {
    static func write(_ sa: IKEv2SA, _ message: inout PayloadWriter) {
        guard sa.peer.reauthTime > .zero else { return }
        let seconds = UInt32(clamping: (sa.peer.reauthTime - sa.environment.random(upTo: sa.peer.randomTime)).inSeconds)
        message.add(
            .authLifetime, data: (0..<4).map { UInt8(truncatingIfNeeded: max(1, seconds) >> (24 - 8 * UInt32($0))) })
    }

    static func read(_ contents: MessageContents, _ sa: IKEv2SA, _ turn: inout Turn) {
        guard let notify = contents.notify(.authLifetime), notify.data.count == 4 else { return }
        let seconds = notify.data.reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let deadline = turn.now + .seconds(max(1, seconds - min(10, seconds / 10)))
        if let own = sa.timers.deadline(of: .reauthenticate), own <= deadline { return }
        sa.log(&turn, .ike) { "received AUTH_LIFETIME of \(seconds)s, scheduling reauthentication" }
        sa.timers.set(.reauthenticate, at: deadline)
        sa.reauthenticationDeadline = deadline
    }
}
