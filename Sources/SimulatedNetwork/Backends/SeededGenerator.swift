/// SplitMix64: small, fast, and the same sequence for the same seed on every machine.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 ^ 0x5851_f42d_4c95_7f2d }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True in `percent` of a hundred cases.
    package mutating func happens(percent: Int) -> Bool {
        percent > 0 && Int(next() % 100) < percent
    }

    /// Evenly distributed over zero to `longest`.
    package mutating func duration(upTo longest: Duration) -> Duration {
        guard longest > .zero else { return .zero }
        let parts = longest.components
        let microseconds = UInt64(parts.seconds) * 1_000_000 + UInt64(parts.attoseconds / 1_000_000_000_000)
        return .microseconds(Int64(next() % (microseconds + 1)))
    }
}
