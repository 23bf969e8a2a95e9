private import CLinux
private import Glibc
package import IPsecModel

/// The clock that keeps running while the machine sleeps (CLOCK_BOOTTIME), so that lifetimes end when they should.
package enum MonotonicClock {
    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }
}
