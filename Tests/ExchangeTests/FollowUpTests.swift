import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Additional key exchanges after CREATE_CHILD_SA")
struct FollowUpTests {
    private func pair(_ methods: [KeyExchangeMethod] = [.ecp256, .modp3072]) -> Pair {
        let additional = methods.map { [$0] }
        return Pair { own, connection in
            connection.proposals = [Sample.ikeProposal(additional: additional)]
            let peer = own.name == "moon" ? SampleHost.sun : .moon
            connection.children = ["net", "more"].map { name in
                var child = Sample.child(name, own, peer)
                child.proposals = [Sample.espProposal([.curve25519], additional: additional)]
                return child
            }
        }
    }

    // HDR, SK { N(REKEY_SA), SA, Ni, KEi(0), TSi, TSr }  →
    //                                                    ←  HDR, SK { SA, Nr, KEr(0), N(ADDITIONAL_KEY_EXCHANGE), … }
    // HDR, SK { KEi(1), N(ADDITIONAL_KEY_EXCHANGE) }     →
    //                                                    ←  HDR, SK { KEr(1), N(ADDITIONAL_KEY_EXCHANGE) }
    // HDR, SK { KEi(2), N(ADDITIONAL_KEY_EXCHANGE) }     →
    //                                                    ←  HDR, SK { KEr(2) }
    // HDR, SK { D (old) }                                →
    @Test("a CHILD_SA is rekeyed without losing a packet", arguments: Disturbance.each(of: 8))
    func rekeyChild(_ disturbance: Disturbance) {
        let pair = pair()
        pair.establish()
        let old = pair.moon.liveChildren[0].spiIn
        disturbance.apply(to: pair)
        let command = pair.rekeyChild(by: pair.moon)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.moon.liveChildren[0].spiIn != old)
        #expect(pair.sun.liveChildren[0].proposal?.transforms.filter { $0.type.rawValue >= 6 }.count == 2)
        for host in pair.hosts { #expect(host.rekeyedChildren.count == 1) }
        if disturbance.kind == nil { #expect(pair.network.transmittedSinceReset == 8) }
    }

    @Test("a further CHILD_SA comes up", arguments: Disturbance.each(of: 6))
    func create(_ disturbance: Disturbance) {
        let pair = pair()
        pair.establish()
        disturbance.apply(to: pair)
        let command = pair.initiate("more", by: pair.sun)
        pair.settle()
        #expect(pair.sun.outcome(of: command) == .done)
        #expect(pair.problems == [])
        // Both configurations have the same selectors: the responder takes its first.
        #expect(Set(pair.sun.liveChildren.map(\.name)) == ["net", "more"])
        #expect(pair.moon.liveChildren.count == 2)
    }

    @Test("an IKE_SA is rekeyed, and the new one works", arguments: Disturbance.each(of: 8))
    func rekeyIKE(_ disturbance: Disturbance) {
        let pair = pair([.mlkem768])
        pair.establish()
        let old = pair.moon.ikeSAs[0].initiatorSPI
        disturbance.apply(to: pair)
        let command = pair.rekeyIKE(by: pair.sun)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.sun.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs[0].initiatorSPI != old)
        // The keys of the new IKE_SA serve: something is done with them.
        let again = pair.rekeyChild(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: again) == .done)
        #expect(pair.problems == [])
    }

    enum Both: CaseIterable, Sendable { case child, ike, mixed }

    @Test("both sides begin at once: one gives way or both try again", arguments: Both.allCases, Disturbance.each(of: 6))
    func collision(_ both: Both, _ disturbance: Disturbance) {
        let pair = pair()
        pair.establish()
        disturbance.apply(to: pair)
        let old = pair.moon.liveChildren[0].spiIn
        let oldIKE = pair.moon.ikeSAs[0].initiatorSPI
        if both == .ike { pair.rekeyIKE(by: pair.moon) } else { pair.rekeyChild(by: pair.moon) }
        if both == .child { pair.rekeyChild(by: pair.sun) } else { pair.rekeyIKE(by: pair.sun) }
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.count == 1)
        #expect((pair.moon.liveChildren[0].spiIn != old) == (both != .ike))
        #expect((pair.moon.ikeSAs[0].initiatorSPI != oldIKE) == (both != .child))
    }

    @Test("the other side begins while key exchanges are under way", arguments: 1...6, [true, false])
    func late(_ messages: Int, _ ofIKE: Bool) {
        let pair = pair()
        pair.establish()
        if ofIKE { pair.rekeyIKE(by: pair.moon) } else { pair.rekeyChild(by: pair.moon) }
        for _ in 0..<messages { pair.network.deliverNext() }
        pair.rekeyChild(by: pair.sun)
        pair.rekeyIKE(by: pair.sun)
        pair.initiate("more", by: pair.sun)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
    }

    @Test("either side closes what is being made", arguments: 1...7, [true, false])
    func closed(_ messages: Int, _ byMoon: Bool) {
        let pair = pair()
        pair.establish()
        pair.rekeyChild(by: pair.moon)
        for _ in 0..<messages { pair.network.deliverNext() }
        pair.terminateChild(by: byMoon ? pair.moon : pair.sun)
        pair.settle()
        #expect(pair.problems == [])
    }

    @Test("either side closes the IKE_SA that is being replaced", arguments: 1...7, [true, false])
    func closedIKE(_ messages: Int, _ byMoon: Bool) {
        let pair = pair()
        pair.establish()
        pair.rekeyIKE(by: pair.moon)
        for _ in 0..<messages { pair.network.deliverNext() }
        pair.terminateIKE(by: byMoon ? pair.moon : pair.sun)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
    }

    @Test("what the peer does not finish is forgotten, and the SA goes on", arguments: [true, false])
    func unfinished(_ ofIKE: Bool) {
        let pair = pair()
        pair.establish()
        if ofIKE { pair.rekeyIKE(by: pair.moon) } else { pair.rekeyChild(by: pair.moon) }
        pair.network.deliverNext()
        // moon's follow-ups get lost until sun has forgotten what they follow.
        pair.network.holds = { $0.sender == "moon" }
        pair.advance(by: .seconds(70))
        #expect(pair.sun.kernel.reserved.isEmpty)
        pair.network.holds = nil
        pair.network.release()
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.count == 1)
    }
}
