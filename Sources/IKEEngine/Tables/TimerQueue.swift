import HeapModule
import IPsecModel

/// When which IKE_SA wants to be woken: one live entry for each, its earliest deadline. An entry that has been
/// overtaken is dropped when it comes up.
struct TimerQueue {
    private struct Entry: Comparable {
        let deadline: Instant
        let spi: IKESPI
        static func < (a: Entry, b: Entry) -> Bool {
            (a.deadline, a.spi.rawValue) < (b.deadline, b.spi.rawValue)
        }
    }

    private var heap = Heap<Entry>()
    private var scheduled: [IKESPI: Instant] = [:]

    /// IKE_SAs that are to be woken.
    var count: Int { scheduled.count }
    var next: Instant? { heap.min?.deadline }

    /// `nil`: the SA has no timers.
    mutating func schedule(_ spi: IKESPI, at deadline: Instant?) {
        guard let deadline else {
            scheduled[spi] = nil
            return
        }
        // A later deadline needs no entry now: the earlier one wakes the SA, which is then scheduled anew.
        if let known = scheduled[spi], known <= deadline { return }
        scheduled[spi] = deadline
        heap.insert(Entry(deadline: deadline, spi: spi))
    }

    /// The next SA whose deadline has come.
    mutating func popDue(at now: Instant) -> IKESPI? {
        while let entry = heap.min, entry.deadline <= now {
            heap.removeMin()
            guard scheduled[entry.spi] == entry.deadline else { continue }
            scheduled[entry.spi] = nil
            return entry.spi
        }
        return nil
    }
}
