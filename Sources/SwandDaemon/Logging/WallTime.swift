private import Glibc

/// The time of day, for log lines and listings only; nothing is scheduled by it.
package struct WallTime: Equatable, Sendable {
    package var seconds: Int64
    package var microseconds: Int64

    package init(seconds: Int64, microseconds: Int64 = 0) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    package static func now() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: Int64(time.tv_sec), microseconds: Int64(time.tv_nsec) / 1_000)
    }

    /// The local time as strftime(3) writes it.
    package func formatted(_ format: String) -> String {
        var instant = time_t(seconds)
        var parts = tm()
        localtime_r(&instant, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { room in
            guard let base = room.baseAddress, strftime(base, room.count, format, &parts) > 0 else { return "" }
            return String(cString: base)
        }
    }
}
