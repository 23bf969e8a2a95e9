import IKESA
import IKEv2
import IPsecModel

/// IKE_SAs that wait for others: the new one of a make-before-break reauthentication, which ends the old one once it
/// is up; and those that begin when another has ended, or after a pause.
struct Successions {
    /// Old IKE_SAs by the name of their connection, until a new one is started for them.
    private var announced: [String: IKESPI] = [:]
    private var olds: [IKESPI: IKESPI] = [:]
    private var afterEnd: [IKESPI: Initiation] = [:]
    /// Tries that begin later, in the order of their time.
    private(set) var delayed: [(deadline: Instant, initiation: Initiation)] = []

    mutating func replace(_ old: IKEv2SA) { announced[old.peer.name] = old.localSPI }

    mutating func afterEnd(of sa: IKEv2SA, _ initiation: Initiation) { afterEnd[sa.localSPI] = initiation }

    mutating func started(_ new: IKEv2SA, replacing name: String?) {
        if let old = announced.removeValue(forKey: new.peer.name) { olds[new.localSPI] = old }
    }

    func isReplacing(_ new: IKEv2SA, _ old: IKEv2SA) -> Bool { olds[new.localSPI] == old.localSPI }

    mutating func established(_ sa: IKEv2SA, _ engine: Engine, _ turn: inout Turn) {
        guard sa.state == .established, !sa.hasPendingChildren, let spi = olds.removeValue(forKey: sa.localSPI),
            let old = engine.table[spi]
        else { return }
        engine.touch(old)
        old.close(&turn)
    }

    mutating func gone(_ sa: IKEv2SA, _ engine: Engine, _ turn: inout Turn) {
        if let old = olds.removeValue(forKey: sa.localSPI), sa.establishedAt == nil, let old = engine.table[old] {
            // The old IKE_SA goes on; the next try comes before it ends.
            old.timers.set(.reauthenticate, at: turn.now + .seconds(30))
            engine.touch(old)
        }
        if let next = afterEnd.removeValue(forKey: sa.localSPI) { engine.initiate(next, &turn) }
    }

    mutating func later(_ initiation: Initiation, at deadline: Instant, _ engine: Engine) {
        delayed.append((deadline, initiation))
        delayed.sort { $0.deadline < $1.deadline }
    }

    mutating func popDue(at now: Instant) -> Initiation? {
        guard let first = delayed.first, first.deadline <= now else { return nil }
        return delayed.removeFirst().initiation
    }
}
