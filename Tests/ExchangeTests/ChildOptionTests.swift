import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

/// What is negotiated about a CHILD_SA besides algorithms and selectors.
@Suite("Options of a CHILD_SA")
struct ChildOptionTests {
    private func pair(_ change: @escaping (SampleHost, inout ChildConfig) -> Void) -> Pair {
        Pair(configure: { host, peer in change(host, &peer.children[0]) })
    }

    // HDR, SK { …, N(IPCOMP_SUPPORTED), SAi2, TSi, TSr } →
    //                                                    ← HDR, SK { …, N(IPCOMP_SUPPORTED), SAr2, TSi, TSr }
    @Test("IPComp is used where both sides want it, and each sends with the other's CPI (RFC 7296 §2.22)")
    func compression() throws {
        let pair = pair { $1.ipcomp = true }
        pair.establish()
        let (moon, sun) = (try #require(pair.moon.liveChildren.first), try #require(pair.sun.liveChildren.first))
        #expect(!moon.cpiIn.isZero && moon.cpiIn == sun.cpiOut)
        #expect(!sun.cpiIn.isZero && sun.cpiIn == moon.cpiOut)
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.problems == [])
    }

    @Test("IPComp is left out where only one side wants it, and its CPI is given back", arguments: ["moon", "sun"])
    func compressionOfOneSide(_ name: String) throws {
        let pair = pair { if $0.name == name { $1.ipcomp = true } }
        pair.establish()
        for host in pair.hosts {
            let child = try #require(host.liveChildren.first)
            #expect(child.cpiIn.isZero && child.cpiOut.isZero)
        }
        #expect(pair.problems == [])
    }

    @Test("a rekeyed CHILD_SA compresses with new CPIs", arguments: ["moon", "sun"])
    func compressionRekeyed(_ name: String) throws {
        let pair = pair { $1.ipcomp = true }
        pair.establish()
        let before = try #require(pair.moon.liveChildren.first)
        pair.rekeyChild(by: name == "moon" ? pair.moon : pair.sun)
        pair.settle()
        let after = try #require(pair.moon.liveChildren.first)
        #expect(!after.cpiIn.isZero && !after.cpiOut.isZero)
        #expect(after.cpiIn != before.cpiIn && after.cpiOut != before.cpiOut)
        #expect(pair.problems == [])
    }

    @Test("IPComp does not cross address families")
    func compressionAcrossFamilies() throws {
        let pair = pair { host, child in
            child.ipcomp = true
            let networks = [IPAddress("2001:db8:1::"), IPAddress("2001:db8:2::")].compactMap { $0 }
                .map { SelectorPattern.fixed(TrafficSelector(network: $0, prefix: 48)) }
            child.localSelectors = [host.name == "moon" ? networks[0] : networks[1]]
            child.remoteSelectors = [host.name == "moon" ? networks[1] : networks[0]]
        }
        pair.establish()
        #expect(try #require(pair.moon.liveChildren.first).cpiIn.isZero)
        #expect(pair.problems == [])
    }

    @Test("of an ESP and an AH proposal, what the peer takes is installed", arguments: ["moon", "sun"])
    func authenticationHeader(_ both: String) throws {
        let header = Proposal(
            protocolID: .ah, transforms: [.integrity(.hmacSHA256_128), .extendedSequenceNumbers(.no)])
        let pair = pair { host, child in
            child.proposals = host.name == both ? [Sample.espProposal(), header] : [header]
        }
        pair.establish()
        for host in pair.hosts {
            #expect(try #require(host.liveChildren.first).protocolID == .ah)
            #expect(host.kernel.states.keys.allSatisfy { $0.protocolID == .ah })
        }
        #expect(pair.problems == [])
    }

    @Test("BEET mode is for hosts; networks get tunnel mode")
    func beet() throws {
        let networks = pair { $1.mode = .beet }
        networks.establish()
        #expect(try #require(networks.moon.liveChildren.first).mode == .tunnel)
        #expect(try #require(networks.sun.liveChildren.first).mode == .tunnel)
        let hosts = pair { host, child in
            child.mode = .beet
            let (own, peer) = host.name == "moon" ? (SampleHost.moon, SampleHost.sun) : (SampleHost.sun, .moon)
            child.localSelectors = [.fixed(TrafficSelector(host: own.inner))]
            child.remoteSelectors = [.fixed(TrafficSelector(host: peer.inner))]
        }
        hosts.establish()
        #expect(try #require(hosts.moon.liveChildren.first).mode == .beet)
        #expect(try #require(hosts.sun.liveChildren.first).mode == .beet)
        #expect(hosts.ping(from: hosts.moon) == .delivered)
    }

    @Test("a rekeyed CHILD_SA keeps its unique marks and interface IDs")
    func uniqueMarks() throws {
        let pair = pair { _, child in
            child.markIn = MarkConfig(value: .unique, mask: .max)
            child.markOut = MarkConfig(value: .unique, mask: .max)
            child.interfaceIDOut = .unique
        }
        pair.establish()
        let before = try #require(pair.moon.liveChildren.first)
        #expect(before.markIn.value != 0 && before.interfaceIDOut != 0)
        pair.rekeyChild(by: pair.moon)
        pair.settle()
        pair.rekeyChild(by: pair.sun)
        pair.settle()
        let after = try #require(pair.moon.liveChildren.first)
        #expect(after.spiIn != before.spiIn)
        #expect(after.markIn == before.markIn && after.markOut == before.markOut)
        #expect(after.interfaceIDOut == before.interfaceIDOut)
    }

    @Test("childless=force does without a peer that cannot (RFC 6023)")
    func childlessRefused() {
        let pair = Pair(configure: { host, peer in peer.childless = host.name == "moon" ? .force : .never })
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        let outcome = pair.moon.outcome(of: command)
        #expect(outcome != nil && outcome != .done)
        #expect(pair.moon.ikeSAs.isEmpty)
    }

    @Test("a second IKE_SA from the same address leaves the first a while under unique", arguments: [
        PeerConfig.UniquePolicy.keep, .replace,
    ])
    func suspectedReauthentication(_ policy: PeerConfig.UniquePolicy) {
        let pair = Pair(
            configure: { host, peer in peer.unique = host.name == "moon" ? .never : policy },
            settings: { $1.reuseIKESA = false })
        pair.establish()
        pair.initiate(by: pair.moon)
        pair.advance(by: .seconds(1))
        #expect(pair.sun.ikeSAs.count == 2)
        pair.advance(by: .seconds(30))
        #expect(pair.sun.ikeSAs.count == (policy == .keep ? 2 : 1))
        #expect(pair.moon.ikeSAs.count == pair.sun.ikeSAs.count)
    }
}
