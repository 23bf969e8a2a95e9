import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Traps whose peer is not known, or changes")
struct TrapPeerTests {
    //   moon: remote_addrs = %any, transport      packet to sun ──► acquire ──► IKE_SA with sun
    @Test("a trap for any peer sets up an IKE_SA with whom the packet goes to")
    func anyPeer() throws {
        let pair = forAnyPeer([.any])
        let policies = pair.moon.kernel.policies
        #expect(policies.count == 2)
        #expect(policies.allSatisfy { $0.source == .all(.v4) && $0.destination == .all(.v4) })
        let reqid = try #require(pair.moon.engine.policies().first?.reqid)
        for _ in 0..<2 { acquire(pair, reqid, to: pair.sun.address) }
        pair.settle()
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.map(\.reqid) == [reqid])
        #expect(pair.moon.liveChildren.map(\.remoteSelectors) == [[TrafficSelector(host: pair.sun.address)]])
        #expect(pair.problems == [])
        pair.terminateIKE(by: pair.sun)
        pair.settle()
        #expect(pair.moon.kernel.policies == policies)
    }

    @Test("a trap for any peer of a network covers that network only")
    func network() {
        let pair = forAnyPeer([.subnet(IPAddress(v4: 0xc000_0200), prefix: 24)])
        let network = TrafficSelector(network: IPAddress(v4: 0xc000_0200), prefix: 24)
        #expect(Set(pair.moon.kernel.policies.map(\.destination)) == [network, .all(.v4)])
    }

    @Test("a trap for any peer leaves forwarded packets alone, and tunnels have none")
    func notOurs() throws {
        let pair = forAnyPeer([.any])
        let reqid = try #require(pair.moon.engine.policies().first?.reqid)
        pair.moon.kernelEvent(
            .acquire(
                reqid: reqid, source: TrafficSelector(host: SampleHost.moon.inner),
                destination: TrafficSelector(host: pair.sun.address)))
        #expect(pair.network.transmitted == 0)
        let tunnel = forAnyPeer([.any], mode: .tunnel)
        #expect(tunnel.moon.kernel.policies.isEmpty)
        #expect(tunnel.moon.log.contains { $0.contains("installing trap failed, remote address unknown") })
    }

    @Test("a trap stands although the peer's name does not resolve, and works once it does")
    func unresolved() throws {
        let pair = Pair { own, connection in
            guard own.name == "moon" else { return }
            connection.remoteAddresses = [.name("sun.example")]
            connection.children[0].startAction = .trap
        }
        guard case .notProtected(.acquire(let reqid)) = pair.ping(from: pair.moon) else {
            Issue.record("no trap stands")
            return
        }
        acquire(pair, reqid, to: SampleHost.sun.inner, from: SampleHost.moon.inner)
        pair.settle()
        #expect(pair.network.transmitted == 0)
        pair.moon.names["sun.example"] = [pair.sun.address]
        acquire(pair, reqid, to: SampleHost.sun.inner, from: SampleHost.moon.inner)
        pair.settle()
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.problems == [])
    }

    @Test("a trap for a name's own address is installed as soon as there is one")
    func unresolvedHost() {
        let pair = Pair { own, connection in
            guard own.name == "moon" else { return }
            connection.remoteAddresses = [.name("sun.example")]
            connection.children[0].startAction = .trap
            connection.children[0].remoteSelectors = [.dynamic()]
        }
        pair.advance(by: .seconds(30))
        #expect(pair.moon.kernel.policies.isEmpty)
        pair.moon.names["sun.example"] = [pair.sun.address]
        pair.advance(by: .seconds(30))
        #expect(pair.moon.kernel.policies.contains { $0.destination == TrafficSelector(host: pair.sun.address) })
    }

    @Test("a trap moves with the addresses of its connection")
    func changedAddress() {
        let pair = Pair { own, connection in if own.name == "moon" { connection.children[0].startAction = .trap } }
        var changed = Sample.connection(.moon, to: .sun)
        changed.children[0].startAction = .trap
        changed.localAddresses = [.address(IPAddress(v4: 0xc000_0263))]
        pair.moon.load(changed)
        #expect(pair.moon.kernel.policies.count == 3)
        #expect(pair.moon.kernel.policies.allSatisfy { $0.local == IPAddress(v4: 0xc000_0263) })
        #expect(pair.moon.engine.reqids.count == 1)
    }

    @Test("a connection that only stands elsewhere in its file keeps its trap and starts nothing")
    func movedInFile() {
        let pair = Pair { own, connection in
            if own.name == "moon" { connection.children[0].startAction = [.trap, .start] }
        }
        pair.settle()
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        var moved = Sample.connection(.moon, to: .sun)
        moved.children[0].startAction = [.trap, .start]
        moved.source = "ipsec.conf:12"
        moved.children[0].source = "ipsec.conf:12"
        let requests = pair.moon.kernel.requests.count
        pair.moon.load(moved)
        #expect(pair.moon.kernel.requests.count == requests)
        #expect(pair.moon.ikeSAs.isEmpty)
        #expect(pair.moon.engine.connections.map(\.source) == ["ipsec.conf:12"])
    }

    @Test("tries that wait for a name end with terminate", arguments: ["gateway", nil])
    func terminate(_ ike: String?) {
        let pair = Pair { own, connection in
            guard own.name == "moon" else { return }
            connection.remoteAddresses = [.name("sun.example")]
            connection.keyingTries = 0
        }
        let initiate = pair.initiate(by: pair.moon)
        pair.advance(by: .seconds(50))
        #expect(pair.moon.outcome(of: initiate) == nil)
        let terminate = pair.moon.perform(.terminate(SASelection(ike: ike, child: ike == nil ? "net" : nil), force: false))
        #expect(pair.moon.outcome(of: terminate) == .done)
        #expect(isFailure(pair.moon.outcome(of: initiate)))
        pair.moon.names["sun.example"] = [pair.sun.address]
        pair.settle()
        #expect(pair.network.transmitted == 0)
        let again = pair.terminateIKE(by: pair.moon)
        #expect(isFailure(pair.moon.outcome(of: again)))
    }

    private func forAnyPeer(_ remote: [HostPattern], mode: ChildConfig.Mode = .transport) -> Pair {
        Pair { own, connection in
            connection.children[0].mode = mode
            connection.children[0].localSelectors = [.dynamic()]
            connection.children[0].remoteSelectors = [.dynamic()]
            guard own.name == "moon" else { return }
            connection.children[0].startAction = .trap
            connection.remoteAddresses = remote
        }
    }

    private func acquire(_ pair: Pair, _ reqid: UInt32, to remote: IPAddress, from local: IPAddress? = nil) {
        pair.moon.kernelEvent(
            .acquire(
                reqid: reqid, source: TrafficSelector(host: local ?? pair.moon.address),
                destination: TrafficSelector(host: remote)))
    }
}
