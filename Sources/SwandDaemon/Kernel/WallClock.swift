private import Glibc

/// The time of day, which the kernel counts the use of SAs and policies by.
enum WallClock {
    /// How long something that was last used at a second of the time of day has been idle; `nil` for 0: never used.
    static func idle(since used: UInt64) -> Duration? {
        guard used != 0 else { return nil }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // The clock may have been set back in between.
        return .seconds(max(0, Int64(now.tv_sec) - Int64(clamping: used)))
    }
}
