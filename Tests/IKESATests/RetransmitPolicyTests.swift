import IKESA
import IPsecModel
import Testing

@Suite("Retransmission")
struct RetransmitPolicyTests {
    static func policy(_ change: (inout EngineSettings) -> Void = { _ in }) -> RetransmitPolicy {
        var settings = EngineSettings()
        change(&settings)
        return RetransmitPolicy(settings)
    }

    static func seconds(_ policy: RetransmitPolicy, random: (UInt64) -> UInt64 = { _ in 0 }) -> [Double] {
        (0...policy.tries).compactMap { policy.delay(afterAttempt: $0, random: random) }
            .map { Double($0.inMilliseconds / 10) / 100 }
    }

    @Test("charon's waits: 4 s, 1.8 times longer each, given up after five repetitions")
    func defaults() {
        let policy = Self.policy()
        #expect(Self.seconds(policy) == [4, 7.2, 12.96, 23.32, 41.99, 75.58])
        #expect(policy.delay(afterAttempt: 6, random: { _ in 0 }) == nil)
        let total = (0...5).compactMap { policy.delay(afterAttempt: $0, random: { _ in 0 }) }.reduce(.zero, +)
        #expect(total.inSeconds == 165)
    }

    @Test("no repetition at all")
    func once() {
        let policy = Self.policy { $0.retransmitTries = 0 }
        #expect(policy.delay(afterAttempt: 0, random: { _ in 0 }) == .seconds(4))
        #expect(policy.delay(afterAttempt: 1, random: { _ in 0 }) == nil)
    }

    @Test("the limit cuts the longest waits")
    func limit() {
        let policy = Self.policy { $0.retransmitLimit = .seconds(20) }
        #expect(Self.seconds(policy) == [4, 7.2, 12.96, 20, 20, 20])
    }

    @Test("jitter shortens by the asked part at most, never lengthens")
    func jitter() {
        let policy = Self.policy { $0.retransmitJitter = 20 }
        #expect(policy.delay(afterAttempt: 0, random: { $0 }) == .milliseconds(3200))
        #expect(policy.delay(afterAttempt: 0, random: { _ in 0 }) == .seconds(4))
        let over = Self.policy { $0.retransmitJitter = 500 }
        #expect(over.delay(afterAttempt: 0, random: { $0 }) == .zero)
    }

    @Test("many tries grow to a wait that still fits a clock", arguments: [100, 1000, 5000])
    func growth(_ attempt: Int) throws {
        let policy = Self.policy {
            $0.retransmitTries = 5000
            $0.retransmitBase = 100
        }
        let delay = try #require(policy.delay(afterAttempt: attempt, random: { _ in 0 }))
        #expect(delay > .seconds(1) && delay.inMicroseconds <= 1_000_000_000_000_000)
    }

    @Test("a base that makes no sense never makes a negative wait", arguments: [-10.0, 0, .nan, .infinity, -.infinity])
    func strangeBase(_ base: Double) throws {
        let policy = Self.policy {
            $0.retransmitTries = 1000
            $0.retransmitBase = base
        }
        for attempt in 0...1000 {
            let delay = try #require(policy.delay(afterAttempt: attempt, random: { _ in 0 }))
            #expect(delay >= .zero)
        }
    }
}

@Suite("TimerTable")
struct TimerTableTests {
    enum Kind { case rekey, retransmit, liveness }

    static func at(_ seconds: Int64) -> Instant { .origin + .seconds(seconds) }

    @Test("the earliest is named first, and taken out when it is due")
    func order() {
        var timers = TimerTable<Kind>()
        #expect(timers.earliest == nil && timers.popDue(at: Self.at(99)) == nil)
        timers.set(.rekey, at: Self.at(30))
        timers.set(.retransmit, at: Self.at(10))
        timers.set(.liveness, at: Self.at(20))
        #expect(timers.earliest == Self.at(10))
        #expect(timers.popDue(at: Self.at(9)) == nil)
        #expect(timers.popDue(at: Self.at(10)) == .retransmit)
        #expect(timers.popDue(at: Self.at(10)) == nil)
        #expect(timers.popDue(at: Self.at(40)) == .liveness)
        #expect(timers.popDue(at: Self.at(40)) == .rekey)
        #expect(timers.earliest == nil)
    }

    @Test("a kind has one deadline: setting it again moves it")
    func moved() {
        var timers = TimerTable<Kind>()
        timers.set(.rekey, at: Self.at(5))
        timers.set(.rekey, at: Self.at(50))
        #expect(timers.deadline(of: .rekey) == Self.at(50))
        #expect(timers.popDue(at: Self.at(5)) == nil)
        #expect(timers.popDue(at: Self.at(50)) == .rekey)
        #expect(timers.popDue(at: Self.at(50)) == nil)
    }

    @Test("a cancelled timer does not fire, and cancelling nothing is ordinary")
    func cancelled() {
        var timers = TimerTable<Kind>()
        timers.cancel(.rekey)
        timers.set(.rekey, at: Self.at(1))
        timers.set(.liveness, at: Self.at(2))
        timers.cancel(.rekey)
        #expect(timers.deadline(of: .rekey) == nil && timers.earliest == Self.at(2))
        timers.cancelAll()
        #expect(timers.popDue(at: Self.at(9)) == nil)
    }
}
