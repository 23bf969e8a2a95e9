import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Rekeying without collision")
struct RekeyTests {
    // moon                                             sun
    // HDR, SK { N(REKEY_SA), SA, Ni, TSi, TSr }   →    installs inbound, keeps sending on the old SA
    // installs both, sends on the new SA          ←    HDR, SK { SA, Nr, TSi, TSr }
    // HDR, SK { D (old) }                         →    sends on the new SA
    //                                             ←    HDR, SK { D (old) }
    @Test("each side switches when the other can receive, and late packets are taken for five seconds")
    func childSwitch() {
        let pair = Pair()
        pair.establish()
        let old = pair.moon.liveChildren[0]
        pair.rekeyChild(by: pair.moon)
        #expect(pair.moon.children.map(\.state) == ["REKEYING"])

        pair.network.deliverNext()
        let new = pair.sun.children[1]
        #expect(pair.sun.children.map(\.state) == ["REKEYED", "INSTALLED"])
        // sun can receive on the new SA, and goes on sending on the old one.
        #expect(key(new.spiIn, in: pair.sun) && !key(new.spiOut, in: pair.sun))
        #expect(pair.usedSPI(pair.sun) == old.spiIn)

        pair.network.deliverNext()
        #expect(pair.usedSPI(pair.moon) == new.spiIn)
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)

        pair.network.deliverNext()
        #expect(pair.usedSPI(pair.sun) == new.spiOut)
        #expect(key(new.spiOut, in: pair.sun) && !key(old.spiIn, in: pair.sun))

        pair.runUntilQuiet()
        #expect(pair.moon.children.map(\.state) == ["DELETED", "INSTALLED"])
        #expect(key(old.spiIn, in: pair.moon) && key(old.spiOut, in: pair.sun))
        #expect(pair.network.transmittedSinceReset == 4)
        pair.advance(by: .milliseconds(5100))
        #expect(!key(old.spiIn, in: pair.moon) && !key(old.spiOut, in: pair.sun))
        #expect(pair.problems == [])
    }

    @Test("both sides report a rekeying, and nobody reports that something went down")
    func childEvents() {
        let pair = Pair()
        pair.establish()
        let old = pair.moon.liveChildren[0]
        pair.rekeyChild(by: pair.moon)
        pair.settle()
        for host in pair.hosts {
            #expect(host.rekeyedChildren.count == 1)
            #expect(host.childrenDown == 0 && host.childrenUp == 0)
            #expect(host.count(.childRekey) == 1)
        }
        #expect(pair.moon.rekeyedChildren.first?.old == old.spiIn)
        #expect(pair.moon.liveChildren[0].reqid == old.reqid)
        #expect(pair.moon.liveChildren[0].localSelectors == old.localSelectors)
    }

    @Test("a rekeyed CHILD_SA survives each message lost, late or twice", arguments: Disturbance.each(of: 4))
    func child(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        disturbance.apply(to: pair)
        pair.rekeyChild(by: pair.sun)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.count == 1)
        for host in pair.hosts { #expect(host.rekeyedChildren.count == 1) }
    }

    @Test("delete_rekeyed_delay of zero removes the old SA at once")
    func noDelay() {
        let pair = Pair(settings: { $1.deleteRekeyedDelay = .zero })
        pair.establish()
        pair.rekeyChild(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.problems == [])
    }

    @Test("the soft lifetime of either kernel rekeys the CHILD_SA in time")
    func softLifetime() {
        let pair = Pair()
        pair.establish()
        let first = pair.moon.liveChildren[0].spiIn
        pair.advance(by: .seconds(3700))
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.moon.liveChildren[0].spiIn != first)
        #expect(pair.moon.childrenDown == 0)
        pair.advance(by: .seconds(20))
        #expect(pair.problems == [])
    }

    @Test("a day of lifetimes leaves one IKE_SA and one CHILD_SA")
    func day() {
        let pair = Pair()
        pair.establish()
        pair.advance(by: .seconds(86400))
        while !(pair.problems.isEmpty), pair.network.now < Instant(microseconds: 90_000_000_000) {
            pair.advance(by: .seconds(10))
        }
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.moon.childrenDown == 0)
        #expect(pair.moon.rekeyedChildren.count >= 20)
    }

    // HDR, SK { SA, Ni, KEi }  →
    //                          ←  HDR, SK { SA, Nr, KEr }
    // HDR, SK { D }            →
    @Test("the CHILD_SAs move to the new IKE_SA untouched", arguments: Disturbance.each(of: 4))
    func ike(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.liveChildren.map(\.spiIn)
        let kernel = Set(pair.moon.kernel.states.keys)
        let old = pair.moon.ikeSAs[0]
        disturbance.apply(to: pair)
        pair.rekeyIKE(by: pair.sun)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs[0].initiatorSPI != old.initiatorSPI)
        #expect(!pair.moon.ikeSAs[0].isInitiator)
        #expect(pair.moon.liveChildren.map(\.spiIn) == before)
        #expect(Set(pair.moon.kernel.states.keys) == kernel)
        for host in pair.hosts {
            #expect(host.ikeRekeyings == 1)
            #expect(host.childrenDown == 0 && host.ikeDown == 0)
        }
    }

    @Test("the new IKE_SA serves every exchange afterwards")
    func afterIKERekey() {
        let pair = Pair()
        pair.establish()
        pair.rekeyIKE(by: pair.moon)
        pair.settle()
        pair.rekeyChild(by: pair.sun)
        pair.rekeyChild(by: pair.moon)
        pair.settle()
        #expect(pair.problems == [])
        let command = pair.terminateIKE(by: pair.sun)
        pair.settle()
        #expect(pair.sun.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.isEmpty)
    }

    // HDR, SK { N(REKEY_SA), … }  →
    //                             ←  HDR, SK { N(CHILD_SA_NOT_FOUND) }
    @Test("a CHILD_SA that the peer has lost is made anew (RFC 7296 §2.25)", arguments: Disturbance.each(of: 4))
    func childNotFound(_ disturbance: Disturbance) {
        let pair = Pair()
        pair.establish()
        // sun closes it by force, and moon hears nothing of it.
        pair.network.holds = { $0.sender == "sun" }
        pair.terminateChild(by: pair.sun)
        pair.network.dropHeld()
        pair.network.holds = nil
        let old = pair.moon.liveChildren[0].spiIn
        disturbance.apply(to: pair)
        pair.rekeyChild(by: pair.moon)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.allSatisfy { $0.spiIn != old })
    }

    // HDR, SK { SA, Ni, TSi, TSr }  →   while sun rekeys the IKE_SA
    //                               ←   HDR, SK { N(TEMPORARY_FAILURE) }
    @Test("a new CHILD_SA that meets TEMPORARY_FAILURE comes up later", arguments: Disturbance.each(of: 8))
    func temporaryFailure(_ disturbance: Disturbance) {
        let pair = Pair { own, connection in
            let peer = own.name == "moon" ? SampleHost.sun : .moon
            var child = Sample.child("more", own, peer)
            child.localSelectors = [.fixed(TrafficSelector(host: own.address))]
            child.remoteSelectors = [.fixed(TrafficSelector(host: peer.address))]
            connection.children.append(child)
        }
        pair.establish()
        disturbance.apply(to: pair)
        let command = pair.initiate("more", by: pair.moon)
        pair.rekeyIKE(by: pair.sun)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(Set(pair.moon.liveChildren.map(\.name)) == ["net", "more"])
        for host in pair.hosts { #expect(host.ikeRekeyings == 1) }
    }

    @Test("the other group is taken when the peer wants one for the CHILD_SA", arguments: Disturbance.each(of: 6))
    func invalidKE(_ disturbance: Disturbance) {
        let pair = Pair { own, connection in
            connection.children[0].proposals = [
                Sample.espProposal(own.name == "moon" ? [.ecp256, .curve25519] : [.curve25519])
            ]
        }
        pair.establish()
        disturbance.apply(to: pair)
        pair.rekeyChild(by: pair.moon)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.first?.proposal?.keyExchange == .curve25519)
    }

    private func key(_ spi: SPI, in host: SimulatedHost) -> Bool { host.kernel.states.keys.contains { $0.spi == spi } }
}

extension SimulatedHost {
    var rekeyedChildren: [(old: SPI, new: SPI)] {
        events.compactMap { if case .childRekeyed(_, let old, let new) = $0 { (old.spiIn, new.spiIn) } else { nil } }
    }
    var childrenUp: Int { events.count { if case .childUpDown(true, _) = $0 { true } else { false } } }
    var childrenDown: Int { events.count { if case .childUpDown(false, _) = $0 { true } else { false } } }
    var ikeUp: Int { events.count { if case .ikeUpDown(true, _) = $0 { true } else { false } } }
    var ikeDown: Int { events.count { if case .ikeUpDown(false, _) = $0 { true } else { false } } }
    var ikeRekeyings: Int { events.count { if case .ikeRekeyed = $0 { true } else { false } } }
}
