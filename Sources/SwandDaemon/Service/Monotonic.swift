private import Glibc

/// CLOCK_MONOTONIC, the clock of the service manager; everything else goes by the loop's clock.
enum Monotonic {
    static func microseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
