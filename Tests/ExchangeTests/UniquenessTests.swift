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
        let lost = pair.settleUnderTraffic()
        // The responder sends on the new CHILD_SA at once, so a lost IKE_AUTH response costs what it sends meanwhile.
        if disturbance.kind == nil || disturbance.kind == .twice { #expect(lost == []) }
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs.first?.initiatorSPI != before)
        #expect(pair.moon.liveChildren.count == 1)
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
