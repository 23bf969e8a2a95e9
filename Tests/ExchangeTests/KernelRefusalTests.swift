import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

/// Each request to a kernel is refused once; nothing may be left half-installed anywhere.
@Suite("A kernel that refuses")
struct KernelRefusalTests {
    @Test("setting up", arguments: ["moon", "sun"], 0..<7)
    func setUp(name: String, request: Int) {
        let pair = Pair()
        let host = name == "moon" ? pair.moon : pair.sun
        host.kernel.refuse(request: request)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        // Five policies and SAs and one SPI are asked for in all.
        let wasRefused = host.kernel.requests.count > request
        #expect(pair.moon.liveChildren.isEmpty == wasRefused)
        #expect(isFailure(pair.moon.outcome(of: command)) == wasRefused)
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        for host in pair.hosts { #expect(host.engine.reqids.count == 0 && host.kernel.policies.isEmpty) }
    }

    @Test("rekeying: the old CHILD_SA goes on, or both sides know that it is gone", arguments: ["moon", "sun"], 0..<7)
    func rekey(name: String, request: Int) {
        let pair = Pair()
        pair.establish()
        let host = name == "moon" ? pair.moon : pair.sun
        host.kernel.refuse(request: request)
        pair.rekeyChild(by: pair.moon)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.count <= 1)
        if pair.moon.liveChildren.count == 1 {
            #expect(pair.ping(from: pair.moon) == .delivered)
            #expect(pair.ping(from: pair.sun) == .delivered)
        }
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        for host in pair.hosts { #expect(host.engine.reqids.count == 0 && host.kernel.policies.isEmpty) }
    }

    /// Two SAs are moved and three policies added anew.
    @Test("moving: what was moved goes back, and a new CHILD_SA comes up at the new address", arguments: ["moon", "sun"], 0..<6)
    func move(name: String, request: Int) throws {
        let pair = Pair { own, connection in
            connection.localAddresses = [.any]
            if own.name == "sun" { connection.remoteAddresses.append(.any) }
        }
        pair.establish()
        let host = name == "moon" ? pair.moon : pair.sun
        let before = try #require(pair.moon.liveChildren.first).spiIn
        host.kernel.refuse(request: request)
        pair.moon.move(to: [IPAddress(v4: 0xc000_0215)])
        pair.settle()
        #expect(pair.problems == [])
        let after = try #require(pair.moon.liveChildren.first).spiIn
        #expect((after != before) == (request < 5), "request \(request): \(host.kernel.requests)")
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        for host in pair.hosts { #expect(host.engine.reqids.count == 0 && host.kernel.policies.isEmpty) }
    }
}
