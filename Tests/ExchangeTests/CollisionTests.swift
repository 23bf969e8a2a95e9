import IKESA
import SimulatedNetwork
import Testing

/// Which of the four nonces of two crossing exchanges is the lowest: the SA made with it is redundant
/// (RFC 7296 §2.8.1).
enum LowestNonce: CaseIterable, Sendable {
    case moonAsks, sunAnswers, sunAsks, moonAnswers

    /// Each host draws the nonce of its own request first, then that of its response.
    func force(on pair: Pair) {
        pair.moon.crypto.nextNonceOctets = [self == .moonAsks ? 0 : 0x80, self == .moonAnswers ? 0 : 0x80]
        pair.sun.crypto.nextNonceOctets = [self == .sunAsks ? 0 : 0x80, self == .sunAnswers ? 0 : 0x80]
    }

    var moonWins: Bool { self == .sunAsks || self == .moonAnswers }
}

@Suite("Both sides act at once (RFC 7296 §2.8, §2.25)")
struct CollisionTests {
    // moon                                        sun
    // HDR, SK { N(REKEY_SA), SA, Ni, TS, TS }  ⤫  HDR, SK { N(REKEY_SA), SA, Ni, TS, TS }
    // HDR, SK { SA, Nr, TS, TS }               ⤫  HDR, SK { SA, Nr, TS, TS }
    // the loser deletes its own new SA, the winner the old one
    @Test(
        "one CHILD_SA is left when both rekey it, and no packet is lost", arguments: LowestNonce.allCases,
        Disturbance.each(of: 10))
    func childRekeyings(lowest: LowestNonce, disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.liveChildren[0].uniqueID
        disturbance.apply(to: pair)
        lowest.force(on: pair)
        pair.rekeyChild(by: pair.moon)
        pair.rekeyChild(by: pair.sun)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.moon.liveChildren.first?.uniqueID != before)
        #expect(pair.moon.ikeSAs.count == 1)
    }

    // moon                          sun
    // HDR, SK { SA, Ni, KEi }    ⤫  HDR, SK { SA, Ni, KEi }
    // HDR, SK { SA, Nr, KEr }    ⤫  HDR, SK { SA, Nr, KEr }
    // the loser deletes its own new IKE_SA, the winner the old one
    @Test(
        "one IKE_SA with its CHILD_SA is left when both rekey it", arguments: LowestNonce.allCases,
        Disturbance.each(of: 10))
    func ikeRekeyings(lowest: LowestNonce, disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.ikeSAs[0].uniqueID
        disturbance.apply(to: pair)
        lowest.force(on: pair)
        pair.rekeyIKE(by: pair.moon)
        pair.rekeyIKE(by: pair.sun)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs.first?.uniqueID != before)
        #expect(pair.moon.liveChildren.count == 1)
    }

    // Each side has a second request waiting behind the one that collides.
    @Test(
        "both rekey both, in either order: one IKE_SA and one CHILD_SA are left, and no packet is lost",
        arguments: LowestNonce.allCases, [true, false])
    func everything(lowest: LowestNonce, childFirst: Bool) {
        for disturbance in Disturbance.each(of: 14) {
            let pair = Pair()
            pair.establish()
            let ike = pair.moon.ikeSAs[0].uniqueID
            let child = pair.moon.liveChildren[0].uniqueID
            disturbance.apply(to: pair)
            lowest.force(on: pair)
            for host in pair.hosts {
                if childFirst { pair.rekeyChild(by: host) }
                pair.rekeyIKE(by: host)
                if !childFirst { pair.rekeyChild(by: host) }
            }
            #expect(pair.settleUnderTraffic() == [], "\(disturbance.testDescription)")
            #expect(pair.problems == [], "\(disturbance.testDescription)")
            #expect(pair.moon.ikeSAs.count == 1 && pair.moon.ikeSAs.first?.uniqueID != ike)
            #expect(pair.moon.liveChildren.count == 1 && pair.moon.liveChildren.first?.uniqueID != child)
        }
    }

    @Test("a CHILD_SA that one side rekeys and the other closes is gone", arguments: Disturbance.each(of: 8))
    func childRekeyAgainstDelete(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.rekeyChild(by: pair.moon)
        pair.terminateChild(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        // A delete that comes after the rekeying closes the old CHILD_SA only.
        #expect(pair.moon.liveChildren.count <= 1)
    }

    @Test("a CHILD_SA that both sides close is gone", arguments: Disturbance.each(of: 6))
    func childDeletes(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.terminateChild(by: pair.moon)
        pair.terminateChild(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.children.isEmpty)
    }

    @Test(
        "one side rekeys the CHILD_SA while the other rekeys the IKE_SA: both happen in the end",
        arguments: [true, false], Disturbance.each(of: 12))
    func childRekeyAgainstIKERekey(moonRekeysChild: Bool, disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        let ike = pair.moon.ikeSAs[0].uniqueID
        let child = pair.moon.liveChildren[0].uniqueID
        disturbance.apply(to: pair)
        pair.rekeyChild(by: moonRekeysChild ? pair.moon : pair.sun)
        pair.rekeyIKE(by: moonRekeysChild ? pair.sun : pair.moon)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs.first?.uniqueID != ike)
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.moon.liveChildren.first?.uniqueID != child)
    }

    @Test("an IKE_SA that one side rekeys and the other closes is gone", arguments: Disturbance.each(of: 8))
    func ikeRekeyAgainstDelete(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.rekeyIKE(by: pair.moon)
        let command = pair.terminateIKE(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.sun.outcome(of: command) == .done)
    }

    @Test("an IKE_SA that both sides close is gone", arguments: Disturbance.each(of: 6))
    func ikeDeletes(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.terminateIKE(by: pair.moon)
        pair.terminateIKE(by: pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.hosts.allSatisfy { $0.ikeSAs.isEmpty && $0.kernel.states.isEmpty && $0.kernel.policies.isEmpty })
    }

    @Test("both sides set up an IKE_SA at once and agree on what there is", arguments: Disturbance.each(of: 10))
    func initiations(_ disturbance: Disturbance) {
        let pair = Pair()
        disturbance.apply(to: pair)
        let commands = pair.hosts.map { ($0, pair.initiate(by: $0)) }
        pair.settle()
        #expect(pair.problems == [])
        for (host, command) in commands { #expect(host.outcome(of: command) == .done) }
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
    }
}
