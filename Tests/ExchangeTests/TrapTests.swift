import IKECodec
import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Traps, shunts and what the kernel says")
struct TrapTests {
    @Test("a packet that meets the trap brings up the CHILD_SA with the trap's reqid", arguments: Disturbance.each(of: 4))
    func acquire(_ disturbance: Disturbance) {
        let pair = trapped()
        disturbance.apply(to: pair)
        guard case .notProtected(.acquire(let reqid)) = pair.ping(from: pair.moon) else {
            Issue.record("no trap stands")
            return
        }
        acquire(pair, reqid)
        // The second packet finds the CHILD_SA on its way.
        acquire(pair, reqid)
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.map(\.reqid) == [reqid])
        #expect(pair.moon.liveChildren.map(\.localSelectors) == [[SampleHost.moon.network]])
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.moon.engine.policies().count == 1)
    }

    @Test("with ignore_acquire_ts the packet's own selectors, two of 16 octets, are not proposed")
    func ignoredPacket() {
        func octetsOfRequest(ignoring: Bool) -> Int? {
            let pair = trapped()
            pair.moon.settings.ignoreAcquireSelectors = ignoring
            guard case .notProtected(.acquire(let reqid)) = pair.ping(from: pair.moon) else { return nil }
            var sizes: [Int] = []
            pair.network.holds = { packet in
                if packet.isRequest, packet.header?.exchange == .ikeAuth { sizes.append(packet.bytes.count) }
                return false
            }
            acquire(pair, reqid)
            pair.settle()
            #expect(pair.moon.liveChildren.map(\.reqid) == [reqid])
            return sizes.first
        }
        guard let whole = octetsOfRequest(ignoring: false), let plain = octetsOfRequest(ignoring: true) else {
            Issue.record("no request")
            return
        }
        #expect(whole - plain == 32)
    }

    @Test("the trap stands again once the CHILD_SA is closed, and asks again")
    func again() {
        let pair = trapped()
        for _ in 0..<2 {
            guard case .notProtected(.acquire(let reqid)) = pair.ping(from: pair.moon) else {
                Issue.record("no trap stands")
                return
            }
            acquire(pair, reqid)
            pair.settle()
            #expect(pair.ping(from: pair.moon) == .delivered)
            pair.terminateIKE(by: pair.sun)
            pair.settle()
            #expect(pair.problems == [])
        }
    }

    @Test("an acquire for a trap that is gone does nothing")
    func unknownTrap() {
        let pair = Pair()
        acquire(pair, 77)
        pair.settle()
        #expect(pair.network.transmitted == 0)
        #expect(pair.moon.ikeSAs.isEmpty)
    }

    @Test("an uninstalled trap leaves no policy and no reqid")
    func uninstall() {
        let pair = trapped()
        let command = pair.moon.perform(.uninstall(child: "net", ike: nil))
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.moon.kernel.policies.isEmpty)
        #expect(pair.moon.engine.reqids.count == 0)
    }

    @Test("a trap whose policy the kernel refuses leaves nothing", arguments: 0..<3)
    func refused(_ request: Int) {
        let pair = Pair()
        pair.moon.kernel.refuse(request: request)
        let command = pair.moon.perform(.install(child: "net", ike: nil))
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.moon.kernel.policies.isEmpty)
        #expect(pair.moon.engine.policies().isEmpty)
        #expect(pair.moon.engine.reqids.count == 0)
    }

    @Test("shunts pass or drop without any IKE_SA", arguments: [ChildConfig.Mode.pass, .drop])
    func shunt(_ mode: ChildConfig.Mode) {
        let pair = Pair(
            configure: {
                $1.children[0].mode = mode
                $1.children[0].startAction = .trap
            })
        #expect(pair.ping(from: pair.moon) == .notProtected(mode == .pass ? .clear : .dropped))
        let command = pair.initiate(by: pair.moon)
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.network.transmitted == 0)
    }

    @Test("a shunt without start_action waits until it is installed by hand, and goes in the same way", arguments: [ChildConfig.Mode.pass, .drop])
    func shuntByHand(_ mode: ChildConfig.Mode) {
        let pair = Pair(configure: { $1.children[0].mode = mode })
        #expect(pair.moon.kernel.policies.isEmpty)
        let install = pair.moon.perform(.install(child: "net", ike: nil))
        #expect(pair.moon.outcome(of: install) == .done)
        #expect(pair.ping(from: pair.moon) == .notProtected(mode == .pass ? .clear : .dropped))
        let uninstall = pair.moon.perform(.uninstall(child: "net", ike: nil))
        #expect(pair.moon.outcome(of: uninstall) == .done)
        #expect(pair.moon.kernel.policies.isEmpty)
    }

    @Test("a hard limit on both sides closes the CHILD_SA, and one sets up another", arguments: Disturbance.each(of: 2))
    func hardLimit(_ disturbance: Disturbance) {
        let pair = Pair { _, connection in
            connection.children[0].lifetime.rekeyTime = .zero
            connection.children[0].lifetime.lifeTime = .seconds(100)
        }
        pair.establish()
        disturbance.apply(to: pair)
        pair.advance(by: .seconds(130))
        #expect(pair.problems == [])
        for host in pair.hosts {
            #expect(host.children.count == 1 && host.liveChildren.allSatisfy { $0.uniqueID > 1 })
        }
        #expect(pair.moon.ikeSAs.count == 1)
    }

    @Test("an expiry of an SA that nobody has does nothing")
    func unknownExpiry() {
        let pair = Pair()
        pair.establish()
        for hard in [true, false] {
            pair.moon.kernelEvent(
                .expire(
                    SAIdentifier(
                        protocolID: .esp, spi: SPI(rawValue: 0xc123_4567), source: pair.sun.address,
                        destination: pair.moon.address), hard: hard))
        }
        #expect(pair.network.transmittedSinceReset == 0)
        #expect(pair.problems == [])
    }

    private func trapped() -> Pair {
        Pair { own, connection in if own.name == "moon" { connection.children[0].startAction = .trap } }
    }

    private func acquire(_ pair: Pair, _ reqid: UInt32) {
        pair.moon.kernelEvent(
            .acquire(
                reqid: reqid, source: TrafficSelector(host: SampleHost.moon.inner),
                destination: TrafficSelector(host: SampleHost.sun.inner)))
    }
}
