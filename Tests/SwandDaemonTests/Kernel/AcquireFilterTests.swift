import Testing

@testable import SwandDaemon

@Suite("acquires")
struct AcquireFilterTests {
    @Test("one question of each request identifier is passed on while it is pending")
    func pending() {
        let filter = AcquireFilter(patience: 165)
        #expect(filter.admit(reqid: 1, now: 1000))
        #expect(!filter.admit(reqid: 1, now: 1001))
        #expect(filter.admit(reqid: 2, now: 1001))
        #expect(!filter.admit(reqid: 1, now: 1164))
        #expect(filter.admit(reqid: 1, now: 1165))
    }

    @Test("an answered question can come again")
    func answered() {
        let filter = AcquireFilter(patience: 165)
        #expect(filter.admit(reqid: 1, now: 1000))
        filter.answered(reqid: 1)
        #expect(filter.admit(reqid: 1, now: 1000))
    }
}
