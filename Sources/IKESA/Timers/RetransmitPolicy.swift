import IPsecModel

/// When a request is sent again and when its peer is given up: charon's exponential backoff.
package struct RetransmitPolicy: Sendable, Equatable {
    package var timeout: Duration
    package var base: Double
    package var tries: Int
    /// Percent by which a delay may be shortened at random.
    package var jitter: Int
    /// Longest delay; zero: none.
    package var limit: Duration

    package init(_ settings: EngineSettings) {
        timeout = settings.retransmitTimeout
        base = settings.retransmitBase
        tries = settings.retransmitTries
        jitter = settings.retransmitJitter
        limit = settings.retransmitLimit
    }

    /// How long to wait after the `attempt`-th transmission (0 is the first); `nil`: give up.
    package func delay(afterAttempt attempt: Int, random: (UInt64) -> UInt64) -> Duration? {
        guard attempt <= tries else { return nil }
        var factor = 1.0
        for _ in 0..<attempt { factor *= base }
        let wanted = Double(timeout.inMicroseconds) * factor
        // Thirty years stand for everything that no clock can count, and for what is no number.
        var microseconds = wanted < 1e15 ? Int64(max(0, wanted)) : Int64(1e15)
        if limit > .zero { microseconds = min(microseconds, limit.inMicroseconds) }
        if jitter > 0 {
            let share = microseconds / 100 * Int64(min(jitter, 100))
            microseconds -= Int64(random(UInt64(max(0, share))))
        }
        return .microseconds(microseconds)
    }
}
