import IKECodec
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

/// One message is overtaken by what the other side does next: found by the simulation, with the seed in which.
@Suite("Responses that are overtaken")
struct LateMessageTests {
    // moon                                sun
    // HDR, SK { IDi, AUTH, … }        →
    //                                 ←   HDR, SK { IDr, AUTH, … }   (late)
    //                                 ←   HDR, SK { D (ESP, SPI) }
    @Test("a request before the IKE_AUTH response waits until the peer is authenticated (seed 775)")
    func beforeAuthentication() {
        let pair = Pair()
        pair.network.holds = { $0.sender == "sun" && $0.header?.exchange == .ikeAuth }
        let command = pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        pair.terminateChild(by: pair.sun)
        pair.runUntilQuiet()
        #expect(pair.moon.ikeSAs.map(\.state) == ["CONNECTING"])
        #expect(pair.moon.count(.infoInReq) == 0)
        finish(pair)
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.moon.ikeSAs.count == 1 && pair.moon.children.isEmpty)
    }

    // HDR, SK { N(REKEY_SA), … }            →
    //                                       ←   HDR, SK { SA, Nr, … }          (late)
    //                                       ←   HDR, SK { N(REKEY_SA: new) }
    // HDR, SK { N(TEMPORARY_FAILURE) }      →
    @Test("a rekeying of what our own rekeying is about to bring is put off (seed 92)")
    func rekeyedEarly() {
        let pair = rekeyingWithLateResponse()
        pair.rekeyChild(by: pair.sun)
        pair.runUntilQuiet()
        #expect(pair.sun.children.contains { $0.state == "RETRYING" })
        finish(pair)
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
    }

    @Test("a CHILD_SA that is deleted before its response is here does not stay (seed 1623)")
    func deletedEarly() {
        let pair = rekeyingWithLateResponse()
        pair.terminateChild(by: pair.sun)
        pair.runUntilQuiet()
        finish(pair)
        #expect(pair.moon.children.isEmpty && pair.sun.children.isEmpty)
        #expect(pair.moon.ikeSAs.count == 1)
    }

    @Test("a new CHILD_SA that is deleted before its response is here does not stay")
    func createdAndDeletedEarly() {
        let pair = Pair(configure: addHostChild)
        pair.establish()
        pair.network.holds = { $0.sender == "sun" && $0.header?.exchange == .createChildSA }
        pair.initiate("host", by: pair.moon)
        pair.runUntilQuiet()
        pair.terminateChild("host", by: pair.sun)
        pair.runUntilQuiet()
        finish(pair)
        #expect(pair.moon.liveChildren.map(\.name) == ["net"])
    }

    // both rekey the IKE_SA; sun's response is late, and sun has decided already
    //                                       ←   HDR (new IKE_SA), SK { SA, Ni, TSi, TSr }
    @Test("a peer that uses its new IKE_SA has won the collision (seed 1836)", arguments: [true, false])
    func usedEarly(sunUses: Bool) {
        let pair = Pair(configure: addHostChild)
        pair.establish()
        LowestNonce.moonAsks.force(on: pair)
        let old = pair.moon.ikeSAs[0].uniqueID
        pair.network.holds = { packet in
            packet.sender == "sun" && packet.header?.exchange == .createChildSA && !packet.isRequest
        }
        pair.rekeyIKE(by: pair.moon)
        pair.rekeyIKE(by: pair.sun)
        pair.runUntilQuiet()
        if sunUses { pair.initiate("host", by: pair.sun) }
        pair.runUntilQuiet()
        finish(pair)
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs.first?.uniqueID != old)
        #expect(Set(pair.moon.liveChildren.map(\.name)) == (sunUses ? ["net", "host"] : ["net"]))
    }

    @Test("an order to close everything spares nothing while a collision is undecided (seed 1638)", arguments: LowestNonce.allCases)
    func closedUndecided(_ lowest: LowestNonce) {
        let pair = Pair()
        pair.establish()
        lowest.force(on: pair)
        pair.network.holds = { !$0.isRequest }
        pair.rekeyIKE(by: pair.moon)
        pair.rekeyIKE(by: pair.sun)
        pair.runUntilQuiet()
        let command = pair.terminateIKE(by: pair.moon)
        finish(pair)
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.hosts.allSatisfy { $0.ikeSAs.isEmpty && $0.kernel.states.isEmpty && $0.kernel.policies.isEmpty })
    }

    // HDR, SK { N(REKEY_SA), … }  →
    //                             ←  HDR, SK { SA, Nr, … }
    // the kernel of moon refuses
    // HDR, SK { D (new) }         →
    @Test("a replacement that is taken back lets the old CHILD_SA go on (seed 285)")
    func takenBack() {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.liveChildren[0].uniqueID
        // The SPI is given, the SA is not.
        pair.moon.kernel.refuse(request: 1)
        pair.rekeyChild(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.sun.liveChildren.count == 1)
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
        pair.settle()
        #expect(pair.moon.liveChildren.first?.uniqueID != before)
        #expect(pair.problems == [])
    }

    @Test("an order to close that waits while the peer rekeys closes the replacement (seed 2566)", arguments: Disturbance.each(of: 6))
    func closedBehindRekeying(_ disturbance: Disturbance) {
        let pair = Pair(configure: addHostChild)
        pair.establish()
        disturbance.apply(to: pair)
        pair.network.holds = { $0.sender == "sun" && $0.isRequest }
        pair.initiate("host", by: pair.sun)
        let command = pair.terminateChild(by: pair.sun)
        pair.rekeyChild(by: pair.moon)
        pair.network.deliverNext()
        #expect(pair.sun.children.map(\.state) == ["REKEYED", "INSTALLED"] || disturbance.kind != nil)
        finish(pair)
        #expect(pair.sun.outcome(of: command) == .done)
        #expect(pair.moon.liveChildren.map(\.name) == ["host"])
    }

    private func rekeyingWithLateResponse() -> Pair {
        let pair = Pair()
        pair.establish()
        pair.network.holds = { $0.sender == "sun" && $0.header?.exchange == .createChildSA && !$0.isRequest }
        pair.rekeyChild(by: pair.moon)
        pair.runUntilQuiet()
        return pair
    }

    /// What was held back arrives in the end.
    private func finish(_ pair: Pair) {
        pair.network.holds = nil
        pair.network.release()
        pair.settle()
        #expect(pair.problems == [])
    }

    private func addHostChild(_ own: SampleHost, _ connection: inout PeerConfig) {
        let peer = own.name == "moon" ? SampleHost.sun : .moon
        var child = Sample.child("host", own, peer)
        child.localSelectors = [.fixed(TrafficSelector(host: own.address))]
        child.remoteSelectors = [.fixed(TrafficSelector(host: peer.address))]
        connection.children.append(child)
    }
}
