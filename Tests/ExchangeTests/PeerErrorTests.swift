import IKECodec
import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing
import Wire

@Suite("What a peer may say that swand does not")
struct PeerErrorTests {
    // HDR, SK { SA, Ni, KEi }  →
    //                          ←  HDR, SK { N(NO_ADDITIONAL_SAS) }
    @Test("a peer that rekeys nothing gets a new IKE_SA instead (RFC 7296 §1.3)", arguments: [true, false])
    func noAdditionalSAs(ofIKE: Bool) {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        let child = pair.moon.liveChildren[0].spiIn
        pair.answer(pair.moon, with: .only(.noAdditionalSAs)) {
            if ofIKE { pair.rekeyIKE(by: pair.moon) } else { pair.rekeyChild(by: pair.moon) }
        }
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.ikeSAs.first?.initiatorSPI != before)
        #expect(pair.moon.liveChildren.count == 1 && pair.moon.liveChildren.first?.spiIn != child)
    }

    // HDR, SK { N(REKEY_SA), SA, Ni, TSi, TSr }  →
    //                                            ←  HDR, SK { N(INVALID_SYNTAX) }
    // HDR, SK { }                                →
    @Test("a peer that finds a request malformed is asked whether the IKE_SA is still there (RFC 7296 §2.21.3)")
    func invalidSyntax() {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        pair.answer(pair.moon, with: .only(.invalidSyntax)) { pair.rekeyChild(by: pair.moon) }
        #expect(pair.moon.count(.infoOutReq) == 1 && pair.moon.count(.infoInResp) == 1)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.map(\.initiatorSPI) == [before])
    }

    @Test("a response that makes no sense ends the IKE_SA on both sides")
    func malformedResponse() {
        let pair = Pair()
        pair.establish()
        var message = PayloadWriter()
        message.add(.securityAssociation) { $0.append([0xff]) }
        pair.answer(pair.moon, with: message) { pair.rekeyChild(by: pair.moon) }
        pair.settle()
        #expect(pair.hosts.allSatisfy { $0.ikeSAs.isEmpty && $0.kernel.states.isEmpty && $0.kernel.policies.isEmpty })
        #expect(pair.problems == [])
    }

    // HDR, SK { IDi, AUTH, … }               →
    //                                        ←  HDR, SK { malformed }
    // HDR, SK { N(AUTHENTICATION_FAILED) }   →
    @Test("a peer whose IKE_AUTH response makes no sense is told that there is no IKE_SA (RFC 7296 §2.21.2)")
    func malformedAuth() {
        let pair = Pair()
        var message = PayloadWriter()
        message.add(.idResponder) { $0.append([0xff]) }
        pair.network.holds = { $0.sender == "moon" && $0.header?.exchange == .ikeAuth }
        let command = pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        pair.network.dropHeld()
        pair.answer(pair.moon, with: message) { pair.advance(by: .seconds(5)) }
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.sun.ikeSAs.isEmpty && pair.moon.ikeSAs.isEmpty)
        pair.settle()
        #expect(pair.problems == [])
    }

    // ← HDR, SK { N(INVALID_SPI) }
    @Test("a peer without the SA that we send on gets a new one (RFC 7296 §1.5)")
    func invalidSPI() {
        let pair = Pair()
        pair.establish()
        let child = pair.moon.liveChildren[0]
        pair.forgeRequest(.only(.invalidSPI, data: child.spiOut.bytes), .informational, from: pair.sun)
        pair.advance(by: .seconds(1))
        #expect(pair.moon.rekeyedChildren.map(\.old) == [child.spiIn])
        #expect(pair.moon.liveChildren.count == 1)
    }

    @Test("an INVALID_SPI for an SA that we do not have changes nothing")
    func invalidSPIUnknown() {
        let pair = Pair()
        pair.establish()
        var message = PayloadWriter.only(.invalidSPI, data: [1, 2, 3, 4])
        let short = NotifyPayload(.invalidSPI, data: [1])
        message.add(.notify) { short.write(to: &$0) }
        pair.forgeRequest(message, .informational, from: pair.sun)
        #expect(pair.moon.rekeyedChildren.isEmpty && pair.moon.ikeSAs.count == 1)
    }

    // ← HDR, SK { N(AUTH_LIFETIME) }
    @Test("AUTH_LIFETIME may come at any time (RFC 4478 §3)")
    func authLifetime() {
        let pair = Pair()
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        pair.forgeRequest(.only(.authLifetime, data: [0, 0, 0, 200]), .informational, from: pair.sun)
        pair.advance(by: .seconds(185))
        #expect(pair.moon.ikeSAs.map(\.initiatorSPI) == [before])
        pair.advance(by: .seconds(10))
        #expect(pair.moon.ikeUp == 1)
    }

    // HDR, SK { SA, Ni, TSi = (packet, net), TSr = (packet, net) }  →
    //                                                               ←  HDR, SK { N(SINGLE_PAIR_REQUIRED) }
    // HDR, SK { SA, Ni, TSi = (packet), TSr = (packet) }            →
    @Test("a peer that wants a single pair of selectors gets those of the packet (RFC 7296 §2.9)")
    func singlePair() {
        let pair = Pair()
        pair.establish()
        pair.terminateChild(by: pair.moon)
        pair.settle()
        pair.moon.perform(.install(child: "net", ike: nil))
        guard case .notProtected(.acquire(let reqid)) = pair.ping(from: pair.moon) else {
            Issue.record("no trap stands")
            return
        }
        let own = TrafficSelector(host: SampleHost.moon.inner)
        let peer = TrafficSelector(host: SampleHost.sun.inner)
        pair.answer(pair.moon, with: .only(.singlePairRequired)) {
            pair.moon.kernelEvent(.acquire(reqid: reqid, source: own, destination: peer))
        }
        #expect(pair.moon.liveChildren.map(\.localSelectors) == [[own]])
        #expect(pair.moon.liveChildren.map(\.remoteSelectors) == [[peer]])
        #expect(pair.ping(from: pair.moon) == .delivered)
    }

    @Test("a peer that puts a CHILD_SA off for minutes gets a new IKE_SA (RFC 7296 §2.25)")
    func putOffTooOften() {
        let pair = Pair(configure: addMore)
        pair.establish()
        let before = pair.moon.ikeSAs[0].initiatorSPI
        var command: CommandID?
        pair.answer(pair.moon, with: .only(.temporaryFailure)) { command = pair.initiate("more", by: pair.moon) }
        for _ in 1..<29 {
            pair.answer(pair.moon, with: .only(.temporaryFailure)) { pair.advance(by: .seconds(16)) }
        }
        #expect(pair.moon.ikeSAs.map(\.initiatorSPI) == [before])
        pair.answer(pair.moon, with: .only(.temporaryFailure)) { pair.advance(by: .seconds(16)) }
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1 && pair.moon.ikeSAs.first?.initiatorSPI != before)
        #expect(Set(pair.moon.liveChildren.map(\.name)) == ["net", "more"])
        #expect(command.flatMap { pair.moon.outcome(of: $0) } == .done)
    }

    // HDR, SK { N(REKEY_SA), SA, Ni, TSi, TSr }  →
    //                                            ←  HDR, SK { SA, Nr, TSi, TSr }
    //                                            ←  HDR, SK { D (old) }   three minutes later
    @Test("a CHILD_SA that its peer rekeys and does not delete is deleted by us (RFC 7296 §2.8)")
    func neverDeleted() {
        let pair = Pair()
        pair.establish()
        let old = pair.moon.liveChildren[0]
        pair.forgeRequest(
            .child(rekeying: old.spiIn, spi: [9, 9, 9, 9], SampleHost.moon.network, SampleHost.sun.network),
            .createChildSA, from: pair.moon)
        #expect(pair.sun.children.map(\.state) == ["REKEYED", "INSTALLED"])
        pair.advance(by: .seconds(170))
        #expect(pair.sun.children.map(\.state) == ["REKEYED", "INSTALLED"])
        pair.advance(by: .seconds(20))
        #expect(pair.sun.children.map(\.state) == ["INSTALLED"])
        // From now on the new one is in use.
        guard case .protected(let key) = pair.sun.kernel.send(from: SampleHost.sun.inner, to: SampleHost.moon.inner) else {
            Issue.record("nothing protects the packets of sun")
            return
        }
        #expect(key.spi.bytes == [9, 9, 9, 9])
        #expect(pair.moon.children.isEmpty)
    }

    @Test("proposals of which none is understood get NO_PROPOSAL_CHOSEN (RFC 7296 §3.3.6)")
    func notUnderstood() {
        let pair = Pair()
        pair.establish()
        var message = PayloadWriter()
        message.add(.securityAssociation) { writer in
            // An IKE proposal with a transform of type 200.
            writer.append([0, 0, 0, 24, 1, 1, 8, 1] + [UInt8](repeating: 7, count: 8) + [0, 0, 0, 8, 200, 0, 0, 1])
        }
        message.add(.nonce) { $0.append([UInt8](repeating: 1, count: 32)) }
        var log: [String] { pair.sun.log.filter { $0.contains("N(NO_PROP)") } }
        pair.forgeRequest(message, .createChildSA, from: pair.moon)
        #expect(log.count == 1)
        #expect(pair.sun.ikeSAs.count == 1)
    }

    private func addMore(_ own: SampleHost, _ connection: inout PeerConfig) { connection.addHostChild("more", own) }
}

extension PeerConfig {
    /// A second child between the hosts themselves.
    mutating func addHostChild(_ name: String, _ own: SampleHost) {
        let peer = own.name == "moon" ? SampleHost.sun : .moon
        var child = Sample.child(name, own, peer)
        child.localSelectors = [.fixed(TrafficSelector(host: own.address))]
        child.remoteSelectors = [.fixed(TrafficSelector(host: peer.address))]
        children.append(child)
    }
}
