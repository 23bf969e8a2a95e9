private import Glibc

/// Keeps the kernel's repeated acquires from becoming many negotiations.
///
/// The kernel asks again while packets meet a policy without an SA. One question of each request identifier is passed
/// on; it is pending until an SA with that identifier is added, until ``answered(reqid:)``, or until the kernel's own
/// patience ends.
package final class AcquireFilter {
    private var pending: [UInt32: Int64] = [:]
    private let patience: Int64

    /// - Parameter patience: Seconds until a question that nobody answers may come again.
    package init(patience: UInt32) { self.patience = Int64(patience) }

    /// Whether the question is new.
    ///
    /// - Parameter now: Seconds of a clock that never runs back.
    package func admit(reqid: UInt32, now: Int64 = AcquireFilter.now) -> Bool {
        if let until = pending[reqid], until > now { return false }
        pending[reqid] = now + patience
        return true
    }

    /// The SA is there, or was given up: the next question is a new one.
    package func answered(reqid: UInt32) { pending[reqid] = nil }

    package static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }
}
