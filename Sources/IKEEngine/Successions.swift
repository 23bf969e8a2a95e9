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
    private var afterEnd: [IKESPI: Initiation] = [:]
    /// Tries that begin later, in the order of their time.
    private(set) var delayed: [(deadline: Instant, initiation: Initiation)] = []

    mutating func replace(_ old: IKEv2SA, by new: IKEv2SA) { olds[new.localSPI] = old }

    /// The IKE_SA that ends once `new` is up, wherever rekeyings have brought it.
    func replaced(by new: IKEv2SA) -> IKEv2SA? {
        var old = olds[new.localSPI]
        while let next = old?.replacement { old = next }
        return old
    }

    mutating func takeReplaced(by new: IKEv2SA) -> IKEv2SA? {
        defer { olds[new.localSPI] = nil }
        return replaced(by: new)
    }

    mutating func afterEnd(of sa: IKEv2SA, _ initiation: Initiation) { afterEnd[sa.localSPI] = initiation }

    mutating func takeSuccessor(of sa: IKEv2SA) -> Initiation? { afterEnd.removeValue(forKey: sa.localSPI) }

    mutating func later(_ initiation: Initiation, at deadline: Instant) {
        delayed.append((deadline, initiation))
        delayed.sort { $0.deadline < $1.deadline }
    }

    mutating func popDue(at now: Instant) -> Initiation? {
        guard let first = delayed.first, first.deadline <= now else { return nil }
        return delayed.removeFirst().initiation
    }
}
