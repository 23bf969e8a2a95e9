import IKESA
import IPsecModel
import Testing

let alice = IPAddress(v4: 0xc000_0201)
let bob = IPAddress(v4: 0xc000_0202)
let aliceNet = TrafficSelector(network: IPAddress(v4: 0x0a01_0000), prefix: 16)
let bobNet = TrafficSelector(network: IPAddress(v4: 0x0a02_0000), prefix: 16)

@Suite("Reqids")
struct ReqidTableTests {
    static func key(_ local: TrafficSelector = aliceNet, interface: UInt32 = 0) -> ReqidTable.Key {
        ReqidTable.Key(
            local: [local], remote: [bobNet], markIn: Mark(), markOut: Mark(), interfaceIn: interface,
            interfaceOut: interface)
    }

    @Test("equal selectors, marks and interfaces share a number; anything else gets its own")
    func shared() {
        var table = ReqidTable(base: 7)
        #expect(table.claim(Self.key()) == 7)
        #expect(table.claim(Self.key()) == 7)
        #expect(table.claim(Self.key(bobNet)) == 8)
        #expect(table.claim(Self.key(interface: 5)) == 9)
    }

    @Test("a number lives until its last user lets go, then is given out again")
    func released() {
        var table = ReqidTable(base: 1)
        let reqid = table.claim(Self.key())
        let isKept = table.retain(reqid)
        #expect(isKept)
        table.release(reqid)
        #expect(table.claim(Self.key()) == reqid)
        table.release(reqid)
        table.release(reqid)
        #expect(table.claim(Self.key(bobNet)) == reqid)
        #expect(table.claim(Self.key()) == 2)
    }

    @Test("releasing or retaining what nobody claimed changes nothing")
    func unknown() {
        var table = ReqidTable(base: 1)
        table.release(42)
        let isKept = table.retain(42)
        #expect(!isKept)
        let first = table.claim(Self.key())
        table.release(first)
        table.release(first)
        #expect(table.claim(Self.key()) == 1)
        #expect(table.claim(Self.key(bobNet)) == 2)
    }

    @Test("numbers are never zero")
    func zero() {
        var low = ReqidTable(base: 0)
        #expect(low.claim(Self.key()) == 1)
        var high = ReqidTable(base: .max)
        #expect(high.claim(Self.key()) == .max)
        #expect(high.claim(Self.key(bobNet)) == 1)
    }
}

@Suite("Policies of a CHILD_SA")
struct PolicySetTests {
    static func set(
        _ mode: ChildConfig.Mode = .tunnel, local: [TrafficSelector] = [aliceNet], remote: [TrafficSelector] = [bobNet],
        protected: Bool = true, _ change: (inout ChildConfig) -> Void = { _ in }
    ) -> PolicySet {
        var config = ChildConfig(name: "net")
        config.mode = mode
        change(&config)
        var set = PolicySet(
            local: local, remote: remote, localAddress: alice, remoteAddress: bob, policyClass: .established, config: config)
        if protected {
            set.protection = PolicySet.Protection(
                protocolID: .esp, mode: mode, reqid: 3, outboundSPI: SPI(rawValue: 0xc1), ipcomp: false)
        }
        return set
    }

    @Test("a tunnel has policies in, forward and out; the outbound one names the SPI and carries the route")
    func tunnel() throws {
        let set = Self.set()
        let inbound = set.inbound()
        #expect(inbound.map(\.direction) == [.inbound, .forward])
        #expect(inbound.allSatisfy { $0.source == bobNet && $0.destination == aliceNet && !$0.installRoute })
        let outbound = set.outbound(installRoutes: true)
        #expect(outbound.map(\.direction) == [.outbound])
        let policy = try #require(outbound.first)
        #expect(policy.source == aliceNet && policy.destination == bobNet && policy.installRoute)
        #expect(
            policy.action
                == .protect(
                    PolicyTemplate(
                        protocolID: .esp, mode: .tunnel, reqid: 3, source: alice, destination: bob,
                        spi: SPI(rawValue: 0xc1))))
        #expect(
            inbound.first?.action
                == .protect(
                    PolicyTemplate(protocolID: .esp, mode: .tunnel, reqid: 3, source: bob, destination: alice)))
        #expect(set.outbound(installRoutes: false).allSatisfy { !$0.installRoute })
    }

    @Test("transport mode forwards nothing and needs no route")
    func transport() {
        let set = Self.set(.transport) { $0.forwardPolicyOut = true }
        #expect(set.inbound().map(\.direction) == [.inbound])
        #expect(set.outbound(installRoutes: true).map(\.direction) == [.outbound])
        #expect(set.outbound(installRoutes: true).allSatisfy { !$0.installRoute })
    }

    @Test("policies of an interface need no route")
    func interface() {
        var set = Self.set()
        (set.interfaceIn, set.interfaceOut) = (4, 5)
        #expect(set.outbound(installRoutes: true).allSatisfy { !$0.installRoute && $0.interfaceID == 5 })
        #expect(set.inbound().allSatisfy { $0.interfaceID == 4 })
    }

    @Test("marks go with their direction, priority with all")
    func marks() {
        var set = Self.set { $0.priority = 77 }
        (set.markIn, set.markOut) = (Mark(value: 1, mask: 0xff), Mark(value: 2, mask: 0xff))
        #expect(set.inbound().allSatisfy { $0.mark.value == 1 && $0.manualPriority == 77 })
        #expect(set.outbound(installRoutes: true).allSatisfy { $0.mark.value == 2 && $0.manualPriority == 77 })
    }

    @Test("an outbound forward policy only where it is asked for")
    func forwardOut() {
        let set = Self.set { $0.forwardPolicyOut = true }
        let outbound = set.outbound(installRoutes: true)
        #expect(outbound.map(\.direction) == [.outbound, .forward])
        #expect(outbound.map(\.source) == [aliceNet, aliceNet])
        #expect(outbound.map(\.installRoute) == [true, false])
    }

    @Test("every pair of selectors that can meet has its policies")
    func pairs() {
        let set = Self.set(
            local: [aliceNet, .all(.v6), TrafficSelector(host: alice, ipProtocol: 6)],
            remote: [bobNet, .all(.v6), TrafficSelector(host: bob, ipProtocol: 17)])
        let pairs = set.outbound(installRoutes: true).map { "\($0.source) \($0.destination)" }
        #expect(
            pairs == [
                "10.1.0.0/16 10.2.0.0/16", "10.1.0.0/16 192.0.2.2/32[udp]", "::/0 ::/0", "192.0.2.1/32[tcp] 10.2.0.0/16",
            ])
        #expect(Self.set(local: [aliceNet], remote: [.all(.v6)]).inbound().isEmpty)
    }

    @Test("shunts protect nothing")
    func shunts() {
        let pass = Self.set(.pass, protected: false)
        #expect(pass.inbound().map(\.action) == [.pass, .pass])
        #expect(pass.outbound(installRoutes: true).map(\.installRoute) == [true])
        let drop = Self.set(.drop, protected: false)
        #expect(drop.outbound(installRoutes: true).map(\.action) == [.drop])
        #expect(drop.outbound(installRoutes: true).map(\.installRoute) == [false])
    }

    @Test("addresses and ports of each direction")
    func addresses() {
        let path = Path(local: Endpoint(alice, 4500), remote: Endpoint(bob, 1025))
        let plain = ChildAddresses(path: path, isEncapsulated: false)
        #expect(plain.outbound == SAAddresses(source: alice, destination: bob))
        #expect(plain.inbound == SAAddresses(source: bob, destination: alice))
        let udp = ChildAddresses(path: path, isEncapsulated: true)
        #expect(udp.outbound.encapsulation == UDPEncapsulation(sourcePort: 4500, destinationPort: 1025))
        #expect(udp.inbound.encapsulation == UDPEncapsulation(sourcePort: 1025, destinationPort: 4500))
    }
}

@Suite("Unique marks and interface IDs")
struct UniqueMarksTests {
    @Test("%unique is one number for both directions, %unique-dir one for each, and none comes twice")
    func unique() {
        var marks = UniqueMarks()
        var child = ChildConfig(name: "net")
        child.markIn = MarkConfig(value: .unique, mask: .max)
        child.markOut = MarkConfig(value: .unique, mask: .max)
        child.interfaceIDIn = .unique
        child.interfaceIDOut = .unique
        let first = marks.resolve(child, inherited: (in: 0, out: 0))
        #expect(first.markIn == first.markOut && first.markIn == Mark(value: 1, mask: .max))
        #expect(first.interfaceIn == 1 && first.interfaceOut == 1)
        child.markOut = MarkConfig(value: .uniqueDirection, mask: .max)
        child.markIn = MarkConfig(value: .uniqueDirection, mask: .max)
        child.interfaceIDIn = .uniqueDirection
        child.interfaceIDOut = .uniqueDirection
        let second = marks.resolve(child, inherited: (in: 0, out: 0))
        #expect([second.markIn.value, second.markOut.value] == [2, 3])
        #expect([second.interfaceIn, second.interfaceOut] == [2, 3])
    }

    @Test("fixed values are taken as they are; without one the IKE_SA's interface is inherited")
    func fixed() {
        var marks = UniqueMarks()
        var child = ChildConfig(name: "net")
        child.markIn = MarkConfig(value: .value(42), mask: 0xff)
        child.setMarkOut = MarkConfig(value: .same, mask: 0xf0)
        child.interfaceIDOut = .value(9)
        let resolved = marks.resolve(child, inherited: (in: 3, out: 4))
        #expect(resolved.markIn == Mark(value: 42, mask: 0xff))
        #expect(!resolved.markOut.isSet)
        #expect(resolved.setMarkOut == Mark(value: 0, mask: 0xf0))
        #expect(resolved.interfaceIn == 3 && resolved.interfaceOut == 9)
    }
}
