import IKECodec
import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Closing")
struct DeleteTests {
    // HDR, SK { D (ESP, SPI) }  →
    //                           ←  HDR, SK { D (ESP, SPI) }
    @Test("closing a CHILD_SA takes its SAs and policies back on both sides", arguments: Disturbance.each(of: 2))
    func child(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        let command = pair.terminateChild(by: pair.sun)
        pair.settle()
        #expect(pair.sun.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1 && pair.moon.children.isEmpty)
        for host in pair.hosts {
            #expect(host.kernel.states.isEmpty && host.kernel.policies.isEmpty)
            #expect(host.childrenDown == 1 && host.ikeDown == 0)
        }
    }

    // HDR, SK { D (IKE) }  →
    //                      ←  HDR, SK { }
    @Test("closing an IKE_SA takes everything back on both sides", arguments: Disturbance.each(of: 2))
    func ike(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        let command = pair.terminateIKE(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        for host in pair.hosts {
            #expect(host.ikeSAs.isEmpty && host.kernel.states.isEmpty && host.kernel.policies.isEmpty)
            #expect(host.childrenDown == 1 && host.ikeDown == 1)
            #expect(host.engine.reqids.count == 0)
        }
    }

    // HDR, SK { D (IKE) }  →
    //                         (lost)  ←  HDR, SK { }
    @Test("a peer that did not hear that the IKE_SA is closed hears it again")
    func lostFarewell() {
        let pair = Pair()
        pair.establish()
        pair.network.resetFaults([1: .drop])
        let command = pair.terminateIKE(by: pair.moon)
        pair.advance(by: .seconds(5))
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.hosts.allSatisfy { $0.ikeSAs.isEmpty })
    }

    @Test("the end of an IKE_SA is repeated for a minute, and to its peer's last request only")
    func farewellEnds() {
        let pair = Pair()
        pair.establish()
        var copy: Packet?
        pair.network.holds = { if $0.sender == "moon" { copy = $0 }; return false }
        pair.terminateIKE(by: pair.moon)
        pair.runUntilQuiet()
        pair.network.holds = nil
        guard let copy else { return }
        func answers(_ bytes: [UInt8]) -> Int {
            let before = pair.network.transmitted
            pair.network.inject(bytes, from: copy.source, to: copy.destination)
            pair.runUntilQuiet()
            return pair.network.transmitted - before
        }
        #expect(answers(copy.bytes) == 1)
        var other = copy.bytes
        other[23] ^= 1
        #expect(answers(other) == 0)
        pair.advance(by: .seconds(61))
        #expect(answers(copy.bytes) == 0)
    }

    @Test("close_action start is honoured while we rekey the IKE_SA that the peer closes", arguments: Disturbance.each(of: 6))
    func closeActionWhileRekeying(_ disturbance: Disturbance) {
        let pair = Pair(configure: { own, connection in
            if own.name == "moon" { connection.children[0].closeAction = .start }
        })
        pair.establish()
        disturbance.apply(to: pair)
        pair.rekeyIKE(by: pair.moon)
        pair.terminateIKE(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.count == 1)
    }

    @Test("what we close altogether is not wanted back when the peer closes part of it")
    func closingBoth() {
        let pair = Pair(configure: { $1.children[0].closeAction = .start })
        pair.establish()
        pair.terminateIKE(by: pair.moon)
        pair.terminateChild(by: pair.sun)
        pair.runUntilQuiet()
        #expect(pair.moon.ikeSAs.isEmpty)
    }

    @Test("closing an IKE_SA waits for the request that is on its way", arguments: Disturbance.each(of: 4))
    func behindRequest(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.rekeyChild(by: pair.moon)
        let command = pair.terminateIKE(by: pair.moon)
        pair.advance(by: .seconds(30))
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.hosts.allSatisfy { $0.ikeSAs.isEmpty && $0.kernel.states.isEmpty })
    }

    @Test("a delete that waits behind a rekeying of the IKE_SA ends both", arguments: Disturbance.each(of: 6))
    func behindIKERekey(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.rekeyIKE(by: pair.moon)
        let command = pair.terminateIKE(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.hosts.allSatisfy { $0.ikeSAs.isEmpty && $0.kernel.states.isEmpty })
    }

    @Test("two orders to close one IKE_SA both end")
    func twice() {
        let pair = Pair()
        pair.establish()
        pair.rekeyChild(by: pair.moon)
        let commands = [pair.terminateIKE(by: pair.moon), pair.terminateIKE(by: pair.moon)]
        pair.settle()
        #expect(commands.map { pair.moon.outcomes[$0] ?? [] } == [[.done], [.done]])
        #expect(pair.problems == [])
    }

    @Test("a forced end waits for nobody, and what was asked for ends with it")
    func force() {
        let pair = Pair()
        pair.establish()
        pair.network.link.loss = 100
        pair.rekeyIKE(by: pair.moon)
        let command = pair.terminateIKE(by: pair.moon, force: true)
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.moon.ikeSAs.isEmpty && pair.moon.kernel.states.isEmpty)
        #expect(Consistency.problems(of: pair.moon) == [])
    }

    @Test("an order to close what is not there fails with a sentence")
    func unknown() {
        let pair = Pair()
        let command = pair.terminateIKE(by: pair.moon)
        #expect(pair.moon.outcome(of: command) == .failed("no matching SAs to terminate found").ofOne)
    }

    @Test("closing while connecting ends the try and its command")
    func whileConnecting() {
        let pair = Pair()
        let command = pair.initiate(by: pair.moon)
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.problems == [])
    }

    @Test("shutdown leaves nothing here, and the peer hears of it")
    func shutdown() {
        let pair = Pair()
        pair.establish()
        pair.moon.input { $0.shutdown(at: $1, into: &$2) }
        #expect(pair.moon.kernel.states.isEmpty && pair.moon.kernel.policies.isEmpty && pair.moon.ikeSAs.isEmpty)
        pair.runUntilQuiet()
        #expect(pair.sun.kernel.states.isEmpty && pair.sun.ikeSAs.isEmpty)
    }

    @Test("close_action start brings a CHILD_SA back that the peer closed", arguments: Disturbance.each(of: 4))
    func closeActionStart(_ disturbance: Disturbance) {
        let pair = Pair { own, connection in
            if own.name == "sun" { connection.children[0].closeAction = .start }
        }
        pair.establish()
        disturbance.apply(to: pair)
        pair.terminateChild(by: pair.moon)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.sun.liveChildren.count == 1)
        #expect(pair.ping(from: pair.moon) == .delivered)
    }

    @Test("close_action start brings an IKE_SA back that the peer closed")
    func closeActionStartIKE() {
        let pair = Pair { own, connection in
            if own.name == "sun" { connection.children[0].closeAction = .start }
        }
        pair.establish()
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.sun.liveChildren.count == 1)
    }

    @Test("close_action start does not wait for an IKE_SA that somebody has begun and nobody authenticated (seed 346)")
    func closeActionBesideHalfOpen() {
        let pair = Pair(
            configure: { own, connection in
                if own.name == "moon" { connection.children[0].closeAction = .start }
            }, settings: { $1.reuseIKESA = false })
        pair.establish()
        pair.network.holds = { $0.sender == "sun" && $0.header?.exchange == .ikeAuth }
        pair.initiate(by: pair.sun)
        pair.runUntilQuiet()
        #expect(pair.moon.engine.halfOpenCount == 1)
        pair.network.holds = nil
        pair.network.dropHeld()
        pair.terminateIKE(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.count == 1)
    }

    @Test("close_action trap waits for a packet")
    func closeActionTrap() {
        let pair = Pair { own, connection in
            if own.name == "sun" { connection.children[0].closeAction = .trap }
        }
        pair.establish()
        pair.terminateChild(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.sun.children.isEmpty)
        guard case .notProtected(.acquire) = pair.ping(from: pair.sun) else {
            Issue.record("no trap stands")
            return
        }
    }
}

extension CommandOutcome {
    /// As the engine reports a failure of a command that concerned one thing.
    var ofOne: CommandOutcome {
        guard case .failure(let reason, _, let done) = self else { return self }
        return .failure(reason: reason, matches: 1, done: done)
    }
}
