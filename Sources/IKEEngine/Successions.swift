import IKESA
import IKEv2
import IPsecModel

/// IKE_SAs that wait for others: the new one of a make-before-break reauthentication, which ends the old one once it
/// is up; and those that begin when another has ended, or after a pause.
///
/// Only remembers; what follows is done by the engine, which may come back here meanwhile.
struct Successions {
    /// Old IKE_SAs by the SPI of the new one.
    private var olds: [IKESPI: IKEv2SA] = [:]
    /// Names of the CHILD_SAs that a new IKE_SA was to bring, so that none is tried for ever.
    private var names: [IKESPI: [String]] = [:]
    private var afterEnd: [IKESPI: Initiation] = [:]
    /// Tries that begin later, in the order of their time.
    private(set) var delayed: [(deadline: Instant, initiation: Initiation)] = []

    /// Traps whose peer's name did not resolve.
    private var delayedTraps: [(deadline: Instant, peer: String, child: String)] = []

    mutating func replace(_ old: IKEv2SA, by new: IKEv2SA) { olds[new.localSPI] = old }

    /// The IKE_SA that ends once `new` is up, wherever rekeyings have brought it.
    func replaced(by new: IKEv2SA) -> IKEv2SA? {
        var old = olds[new.localSPI]
        while let next = old?.replacement { old = next }
        return old
    }

    func brought(by new: IKEv2SA) -> [String] { names[new.localSPI] ?? [] }
    mutating func noteBrought(_ children: [String], by new: IKEv2SA) { names[new.localSPI, default: []] += children }

    mutating func takeReplaced(by new: IKEv2SA) -> IKEv2SA? {
        defer {
            olds[new.localSPI] = nil
            names[new.localSPI] = nil
        }
        return replaced(by: new)
    }

    /// SPIs of the IKE_SAs that are being set up in place of this one.
    func replacements(of sa: IKEv2SA) -> [IKESPI] {
        olds.keys.filter { spi in
            var old = olds[spi]
            while let present = old, present !== sa { old = present.replacement }
            return old != nil
        }
    }

    /// Whether another IKE_SA begins once this one is gone.
    func hasSuccessor(_ sa: IKEv2SA) -> Bool { afterEnd[sa.localSPI] != nil }

    /// What is left of successions; nothing when nothing is going on.
    var count: Int { olds.count + names.count + afterEnd.count + delayed.count + delayedTraps.count }

    mutating func afterEnd(of sa: IKEv2SA, _ initiation: Initiation) { afterEnd[sa.localSPI] = initiation }

    mutating func takeSuccessor(of sa: IKEv2SA) -> Initiation? { afterEnd.removeValue(forKey: sa.localSPI) }

    mutating func later(_ initiation: Initiation, at deadline: Instant) {
        delayed.append((deadline, initiation))
        delayed.sort { $0.deadline < $1.deadline }
    }

    /// Takes back what waits for its time, of one connection or of all; commands can then be told.
    mutating func cancelDelayed(of name: String?, child: String?) -> [Initiation] {
        func isMeant(_ initiation: Initiation) -> Bool {
            (name == nil || initiation.peer.name == name)
                && (child == nil || initiation.children.contains { $0.config.name == child })
        }
        let taken = delayed.map(\.initiation).filter(isMeant)
        delayed.removeAll { isMeant($0.initiation) }
        return taken
    }

    mutating func later(trapOf child: String, peer: String, at deadline: Instant) {
        delayedTraps.removeAll { $0.peer == peer && $0.child == child }
        delayedTraps.append((deadline, peer, child))
    }

    mutating func popDueTrap(at now: Instant) -> (peer: String, child: String)? {
        guard let place = delayedTraps.firstIndex(where: { $0.deadline <= now }) else { return nil }
        let due = delayedTraps.remove(at: place)
        return (due.peer, due.child)
    }

    /// When the next of those that wait for a time begins.
    var nextDeadline: Instant? {
        [delayed.first?.deadline, delayedTraps.map(\.deadline).min()].compactMap { $0 }.min()
    }

    mutating func popDue(at now: Instant) -> Initiation? {
        guard let first = delayed.first, first.deadline <= now else { return nil }
        return delayed.removeFirst().initiation
    }
}
