import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Dead peers")
struct LivenessTests {
    // HDR, SK { }  →
    //              ←  HDR, SK { }
    @Test("a quiet peer is asked every dpd_delay, and its answer is enough", arguments: Disturbance.each(of: 4))
    func alive(_ disturbance: Disturbance) {
        let pair = pairWithDPD(.none)
        pair.establish()
        disturbance.apply(to: pair)
        pair.advance(by: .seconds(200))
        #expect(pair.moon.count(.infoOutReq) >= 3)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
    }

    @Test("nobody is asked who has just sent something")
    func notAsked() {
        let pair = pairWithDPD(.none)
        pair.establish()
        for _ in 0..<20 {
            pair.advance(by: .seconds(20))
            _ = pair.ping(from: pair.moon)
            _ = pair.ping(from: pair.sun)
        }
        #expect(pair.network.transmittedSinceReset == 0)
    }

    @Test("a dead peer is given up after the last retransmission, and nothing is left of it")
    func dead() {
        let pair = pairWithDPD(.none)
        pair.establish()
        pair.network.link.loss = 100
        pair.advance(by: .seconds(190))
        #expect(pair.moon.ikeSAs.count == 1)
        pair.advance(by: .seconds(30))
        for host in pair.hosts {
            #expect(host.ikeSAs.isEmpty && host.kernel.states.isEmpty && host.kernel.policies.isEmpty)
            #expect(host.alerts("retransmit-send-timeout") == 1)
            #expect(host.ikeDown == 1)
        }
    }

    @Test("dpd_action start goes on trying until the peer is back")
    func start() {
        let pair = pairWithDPD(.start, keyingTries: 0)
        pair.establish()
        pair.network.link.loss = 100
        pair.advance(by: .seconds(900))
        #expect(pair.moon.liveChildren.isEmpty)
        pair.network.link.loss = 0
        pair.settle()
        #expect(pair.problems == [])
        #expect(!pair.moon.liveChildren.isEmpty)
        #expect(pair.ping(from: pair.moon) == .delivered)
    }

    @Test("dpd_action trap leaves a trap that asks for the CHILD_SA")
    func trap() {
        let pair = pairWithDPD(.trap)
        pair.establish()
        pair.network.link.loss = 100
        pair.advance(by: .seconds(300))
        guard case .notProtected(.acquire) = pair.ping(from: pair.moon) else {
            Issue.record("no trap stands")
            return
        }
        #expect(pair.moon.kernel.states.isEmpty)
    }

    @Test("a peer that restarted says INITIAL_CONTACT, and the old IKE_SA goes at once")
    func restart() {
        let pair = pairWithDPD(.none)
        pair.establish()
        pair.moon.restart()
        pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.problems == [])
        #expect(pair.sun.ikeSAs.count == 1)
        #expect(pair.ping(from: pair.moon) == .delivered)
    }

    @Test("inactivity closes a CHILD_SA without traffic, and keeps one with traffic")
    func inactivity() {
        let pair = Pair { own, connection in
            if own.name == "moon" { connection.children[0].inactivity = .seconds(60) }
        }
        pair.establish()
        for _ in 0..<10 {
            pair.advance(by: .seconds(30))
            #expect(pair.ping(from: pair.moon) == .delivered)
            #expect(pair.ping(from: pair.sun) == .delivered)
        }
        #expect(pair.moon.liveChildren.count == 1)
        pair.advance(by: .seconds(130))
        #expect(pair.moon.children.isEmpty)
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.problems == [])
    }

    private func pairWithDPD(_ action: ChildConfig.LossAction, keyingTries: Int = 1) -> Pair {
        Pair { _, connection in
            connection.dpdDelay = .seconds(30)
            connection.keyingTries = keyingTries
            connection.children[0].dpdAction = action
        }
    }
}
