/// A point on the monotonic clock that keeps running while the machine sleeps; never the time of day.
///
/// The core is told `now` by its shell and reads no clock itself.
package struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since an origin of the shell's choice.
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    package static let origin = Instant(microseconds: 0)

    package static func < (a: Instant, b: Instant) -> Bool { a.microseconds < b.microseconds }

    package static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds &+ duration.inMicroseconds)
    }

    package static func - (a: Instant, b: Instant) -> Duration {
        .microseconds(a.microseconds &- b.microseconds)
    }
}

extension Duration {
    package var inMicroseconds: Int64 {
        let parts = components
        return parts.seconds.multipliedReportingOverflow(by: 1_000_000).partialValue
            &+ parts.attoseconds / 1_000_000_000_000
    }

    package var inMilliseconds: Int64 { inMicroseconds / 1_000 }
    package var inSeconds: Int64 { components.seconds }
}
