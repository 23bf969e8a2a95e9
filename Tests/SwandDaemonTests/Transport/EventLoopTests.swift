import IPsecModel
import Testing
import Transport

@testable import SwandDaemon

@Suite("The event loop")
struct EventLoopTests {
    @Test("timers fire in the order of their deadlines, once, and not after they were stopped")
    func timers() throws {
        let loop = try EventLoop()
        var fired: [String] = []
        let late = loop.makeTimer { _ in fired.append("late") }
        let early = loop.makeTimer { _ in fired.append("early") }
        let stopped = loop.makeTimer { _ in fired.append("stopped") }
        let now = MonotonicClock.now()
        late.deadline = now + .milliseconds(-1)
        early.deadline = now + .milliseconds(-2)
        stopped.deadline = now + .milliseconds(-3)
        stopped.deadline = nil
        loop.turn(wait: true)
        loop.turn(wait: false)
        #expect(fired == ["early", "late"])
        #expect(late.deadline == nil)
    }

    @Test("a timer wakes the loop")
    func wakes() throws {
        let loop = try EventLoop()
        let timer = loop.makeTimer { [unowned loop] _ in loop.stop() }
        timer.deadline = MonotonicClock.now() + .milliseconds(5)
        loop.run()
        #expect(timer.deadline == nil)
    }

    @Test("messages of other threads arrive on the loop in order")
    func mailbox() throws {
        let loop = try EventLoop()
        var received: [Int] = []
        let mailbox = try Mailbox<Int>(loop: loop) { [unowned loop] number in
            received.append(number)
            if number == 3 { loop.stop() }
        }
        let started = DetachedThread.start { (1...3).forEach(mailbox.post) }
        #expect(started)
        loop.run()
        #expect(received == [1, 2, 3])
    }

    @Test("a name resolves beside the loop")
    func resolver() throws {
        let loop = try EventLoop()
        var answers: [UInt64: [IPAddress]] = [:]
        let resolver = try NameResolver(loop: loop) { [unowned loop] token, addresses in
            answers[token] = addresses
            if answers.count == 2 { loop.stop() }
        }
        resolver.resolve("127.0.0.9", token: 7)
        resolver.resolve("no such name", token: 8)
        loop.run()
        #expect(answers[7]?.first == IPAddress("127.0.0.9"))
        #expect(answers[8] == [])
    }
}
