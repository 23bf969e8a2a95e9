import IKECodec
import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Several IKE_SAs with one peer, and authenticating anew")
struct UniquenessTests {
    @Test("a second IKE_SA of the same peer: who stays is the policy's choice", arguments: [
        (PeerConfig.UniquePolicy.no, 2), (.never, 2), (.replace, 1), (.keep, 2),
    ])
    func policies(policy: PeerConfig.UniquePolicy, expected: Int) {
        let pair = Pair(configure: { $1.unique = policy }, settings: { $1.reuseIKESA = false })
        pair.establish()
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == expected)
        #expect(pair.ping(from: pair.moon) == .delivered)
    }

    @Test("make before break: never without CHILD_SA, one IKE_SA in the end", arguments: ["moon", "sun"], Disturbance.each(of: 6))
    func makeBeforeBreak(by name: String, disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        disturbance.apply(to: pair)
        let host = name == "moon" ? pair.moon : pair.sun
        host.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true))
        // In the first moments, and in those after each retransmission, every packet counts.
        #expect(pair.packetsLost(in: .seconds(1)) == [])
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs.first?.initiatorSPI != before)
        #expect(pair.moon.liveChildren.count == 1)
    }

    // moon                                sun
    // HDR, SK { IDi, AUTH, SA, TS, TS }  →   can receive on the new CHILD_SA, and sends on the old one
    //                                    ←   HDR, SK { IDr, AUTH, SA, TS, TS }
    // HDR (old IKE_SA), SK { D }         →   sends on the new CHILD_SA
    @Test("a peer that authenticates anew gets no packet on a CHILD_SA that it does not have yet", arguments: ["packet", "message", "end", "nothing"])
    func takeOver(sign: String) {
        let pair = Pair(configure: { $1.addHostChild("more", $0) })
        pair.establish()
        let old = pair.sun.liveChildren[0]
        var isUsed: Bool { pair.usedSPI(pair.sun) != old.spiOut }
        pair.moon.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true))
        pair.network.holds = { $0.sender == "sun" && $0.header?.exchange == .ikeAuth }
        pair.runUntilQuiet()
        #expect(pair.sun.ikeSAs.count == 2 && pair.sun.liveChildren.count == 2)
        #expect(!isUsed)
        // moon gets the response and can say nothing: what it does shows as packets only.
        pair.network.holds = { _ in true }
        pair.network.release()
        pair.advance(by: .milliseconds(600))
        #expect(!isUsed)
        switch sign {
        case "packet":
            #expect(pair.ping(from: pair.moon) == .delivered)
            pair.advance(by: .milliseconds(600))
        case "message":
            pair.initiate("more", by: pair.moon)
            pair.network.release { $0.header?.exchange == .createChildSA }
            pair.advance(by: .milliseconds(20))
        case "end":
            pair.network.release { $0.header?.exchange == .informational }
            pair.advance(by: .milliseconds(20))
        default:
            pair.advance(by: .seconds(9))
            #expect(!isUsed)
            pair.advance(by: .seconds(1))
        }
        #expect(isUsed)
        #expect(pair.ping(from: pair.sun) == .delivered)
        pair.network.holds = nil
        pair.network.release()
        pair.settle()
        #expect(pair.problems == [])
    }

    @Test("both sides authenticate anew at once", arguments: [PeerConfig.UniquePolicy.no, .replace, .keep, .never], Disturbance.each(of: 10))
    func bothReauthenticate(policy: PeerConfig.UniquePolicy, disturbance: Disturbance) {
        let pair = Pair(configure: { $1.unique = policy })
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        disturbance.apply(to: pair)
        for host in pair.hosts { host.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true)) }
        #expect(pair.packetsLost(in: .seconds(1)) == [])
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.allSatisfy { $0.initiatorSPI != before })
        if policy == .replace { #expect(pair.moon.ikeSAs.count == 1) }
    }

    @Test("both sides set up an IKE_SA at once, and uniqueness leaves one of them", arguments: [0, 15, 30, 45], Disturbance.each(of: 8))
    func bothInitiate(pause: Int, disturbance: Disturbance) {
        let pair = Pair(configure: { $1.unique = .replace })
        disturbance.apply(to: pair)
        pair.initiate(by: pair.moon)
        pair.advance(by: .milliseconds(pause))
        pair.initiate(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        for host in pair.hosts { #expect(pair.ping(from: host) == .delivered) }
    }

    @Test("two orders to authenticate anew make one new IKE_SA", arguments: [true, false])
    func orderedTwice(makeBeforeBreak: Bool) {
        let pair = Pair(settings: { $1.makeBeforeBreak = makeBeforeBreak })
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        for _ in 0..<2 { pair.moon.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true)) }
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1 && pair.moon.ikeSAs.first?.initiatorSPI != before)
    }

    @Test("a CHILD_SA that waits for its turn comes up in the new IKE_SA", arguments: [true, false])
    func waitingChild(makeBeforeBreak: Bool) {
        let pair = Pair(configure: { $1.addHostChild("more", $0) }, settings: { $1.makeBeforeBreak = makeBeforeBreak })
        pair.establish()
        pair.rekeyChild(by: pair.moon)
        let command = pair.initiate("more", by: pair.moon)
        pair.moon.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true))
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(Set(pair.moon.liveChildren.map(\.name)) == ["net", "more"])
    }

    @Test("nobody is displaced for a newcomer that we cannot answer")
    func displacedForNothing() {
        let pair = Pair(configure: { $1.unique = .replace }, settings: { $1.reuseIKESA = false })
        pair.establish()
        let before = pair.sun.ikeSAs[0].initiatorSPI
        // sun can check moon's key, and has none of its own.
        pair.sun.credentials.setKey(Sample.psk, local: SampleHost.sun.identity, remote: SampleHost.moon.identity)
        pair.sun.input { engine, now, effects in
            var connection = Sample.connection(.sun, to: .moon)
            connection.local[0].method = .pubkey
            engine.load(connection, at: now, into: &effects)
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.sun.ikeSAs.map(\.initiatorSPI) == [before])
    }

    @Test("break before make: the new IKE_SA begins when the old one is gone", arguments: Disturbance.each(of: 6))
    func breakBeforeMake(_ disturbance: Disturbance) {
        let pair = Pair(settings: { $1.makeBeforeBreak = false })
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        disturbance.apply(to: pair)
        pair.moon.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true))
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs.first?.initiatorSPI != before)
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.moon.ikeDown == 1)
    }

    @Test("reauth_time authenticates anew although the IKE_SA was rekeyed in between")
    func reauthTime() {
        let pair = Pair { own, connection in
            if own.name == "moon" {
                connection.reauthTime = .seconds(3000)
                connection.rekeyTime = .seconds(1200)
                connection.randomTime = .zero
            }
        }
        pair.establish()
        pair.advance(by: .seconds(2900))
        #expect(pair.moon.ikeRekeyings == 2)
        #expect(pair.moon.ikeUp == 0)
        pair.advance(by: .seconds(150))
        #expect(pair.moon.ikeUp == 1 && pair.moon.ikeDown == 1)
        #expect(pair.problems == [])
    }

    // ← HDR, SK { IDr, AUTH, …, N(AUTH_LIFETIME) }
    @Test("AUTH_LIFETIME of the responder makes the initiator authenticate anew (RFC 4478)")
    func authLifetime() {
        let pair = Pair { own, connection in
            connection.randomTime = .zero
            if own.name == "sun" { connection.reauthTime = .seconds(1000) }
        }
        pair.establish()
        pair.advance(by: .seconds(995))
        #expect(pair.moon.ikeUp == 1)
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.count == 1)
    }

    @Test("a rekeying of the old IKE_SA while the new one comes up does not leave it behind", arguments: Disturbance.each(of: 8))
    func rekeyedMeanwhile(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.moon.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true))
        pair.rekeyIKE(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.count == 1)
    }
}
