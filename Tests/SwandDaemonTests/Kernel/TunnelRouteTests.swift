import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

/// Routes that `ip route show table 220` showed where charon 5.9.8 had installed the policies.
@Suite("routes of tunnels")
struct TunnelRouteTests {
    private let routing = FakeRouting()

    private func kernel(_ change: (inout KernelSettings) -> Void = { _ in }) -> XFRMKernel {
        var settings = KernelSettings()
        settings.journalPath = nil
        settings.sysctlRoot = "/nonexistent"
        change(&settings)
        return XFRMKernel(settings: settings, xfrm: InMemoryNetlink(), route: routing)
    }

    private func policy(
        _ source: TrafficSelector = aliceNet, _ destination: TrafficSelector = bobNet,
        mode: ChildConfig.Mode = .tunnel
    ) -> PolicyParameters {
        var policy = outboundPolicy(mode: mode)
        policy.source = source
        policy.destination = destination
        policy.installRoute = true
        return policy
    }

    @Test("10.2.0.0/16 via 192.0.2.2 dev eth0 proto static src 10.1.0.1, as long as the policy is there")
    func tunnel() throws {
        let kernel = kernel()
        try kernel.add(policy())
        let route = try #require(routing.routes.first)
        #expect(route.destination == bobNet.start)
        #expect(route.prefix == 16)
        #expect(route.table == 220)
        #expect(route.gateway == bob)
        #expect(route.interfaceIndex == 2)
        #expect(route.preferredSource == IPAddress("10.1.0.1"))
        #expect(route.origin == .staticRoute)
        try kernel.delete(policy())
        #expect(routing.routes.isEmpty)
    }

    @Test("a gateway on the way to the peer is the next hop of the tunnel too")
    func gateway() throws {
        routing.answer?.gateway = IPAddress("192.0.2.254")
        try kernel().add(policy())
        #expect(routing.routes.first?.gateway == IPAddress("192.0.2.254"))
    }

    @Test("a next hop of IPv6 leads to an IPv4 network (RFC 8950)")
    func gatewayOfOtherFamily() throws {
        routing.answer?.gateway = IPAddress("fe80::1")
        try kernel().add(policy())
        #expect(routing.routes.first?.gateway == IPAddress("fe80::1"))
    }

    @Test("mtu 1300 advmss 1200, where plugins.kernel-netlink says so, and not on a throw route")
    func metrics() throws {
        var settings = KernelSettings()
        settings.routeMTU = 1300
        settings.routeMSS = 1200
        let journal = KernelJournal(path: nil)
        let network = NetworkView(channel: routing, settings: settings)
        let routes = TunnelRoutes(
            channel: routing, network: network,
            devices: InterfaceDevices(channel: routing, network: network, journal: journal, report: { _ in }),
            settings: settings, journal: journal, report: { _ in })
        var policy = policy()
        let route = try #require(routes.route(for: policy, key: policy.kernelPolicy(cpi: .none).key))
        #expect(route.mtu == 1300)
        #expect(route.mss == 1200)
        policy.action = .pass
        #expect(routes.route(for: policy, key: policy.kernelPolicy(cpi: .none).key)?.mtu == 0)
    }

    @Test("without an address of ours inside the selector there is no route")
    func noAddress() throws {
        try kernel().add(policy(TrafficSelector(network: IPAddress("10.77.0.0")!, prefix: 16)))
        #expect(routing.routes.isEmpty)
    }

    @Test("a virtual IP is the source address")
    func virtualIP() throws {
        let own = IPAddress("10.9.0.1")!
        var wanted = policy(TrafficSelector(host: own), .all(.v4))
        wanted.virtualIPs = [own]
        try kernel().add(wanted)
        #expect(routing.routes.first?.preferredSource == own)
    }

    @Test("everything to everything has a route without source address")
    func everything() throws {
        try kernel().add(policy(.all(.v4), .all(.v4)))
        let route = try #require(routing.routes.first)
        #expect(route.prefix == 0)
        #expect(route.preferredSource == nil)
    }

    @Test("no route for transport mode, single protocols, interface identifiers, drops, or where nobody wants one")
    func none() throws {
        let kernel = kernel()
        try kernel.add(
            policy(TrafficSelector(host: alice), TrafficSelector(host: bob), mode: .transport))
        try kernel.add(policy(TrafficSelector(network: aliceNet.start, prefix: 16, ipProtocol: 6)))
        var interface = policy()
        interface.interfaceID = 4
        try kernel.add(interface)
        var unwanted = policy(aliceNet, TrafficSelector(network: IPAddress("10.5.0.0")!, prefix: 16))
        unwanted.installRoute = false
        try kernel.add(unwanted)
        var drop = policy(aliceNet, TrafficSelector(network: IPAddress("10.6.0.0")!, prefix: 16))
        drop.action = .drop
        drop.policyClass = .dropShunt
        try kernel.add(drop)
        #expect(routing.routes.isEmpty)
    }

    @Test("a pass shunt throws its network out of the table")
    func pass() throws {
        var pass = policy(TrafficSelector(network: IPAddress("10.77.0.0")!, prefix: 16))
        pass.action = .pass
        pass.policyClass = .passShunt
        try kernel().add(pass)
        #expect(routing.routes.map(\.kind) == [.throw])
    }

    @Test("of two routes to one network the newest is in force, and the other when it goes")
    func two() throws {
        let kernel = kernel()
        let first = policy()
        let second = policy(TrafficSelector(host: alice))
        try kernel.add(first)
        try kernel.add(second)
        #expect(routing.routes.map(\.preferredSource) == [alice])
        try kernel.delete(second)
        #expect(routing.routes.map(\.preferredSource) == [IPAddress("10.1.0.1")])
        try kernel.add(second)
        try kernel.delete(first)
        #expect(routing.routes.map(\.preferredSource) == [alice])
        try kernel.delete(second)
        #expect(routing.routes.isEmpty)
    }

    @Test("routes follow a changed next hop")
    func changed() throws {
        let kernel = kernel()
        try kernel.add(policy())
        routing.answer?.gateway = IPAddress("192.0.2.254")
        kernel.networkChanged()
        #expect(routing.routes.map(\.gateway) == [IPAddress("192.0.2.254")])
        #expect(routing.routes.count == 1)
    }

    @Test("the rules for our table come and go with us")
    func rules() {
        let kernel = kernel()
        kernel.start()
        #expect(routing.rules == 2)
        kernel.stop()
        #expect(routing.rules == 0)
        let without = self.kernel { $0.installRoutes = false }
        without.start()
        #expect(routing.rules == 0)
    }
}

@Suite("the way to a peer")
struct WayToPeerTests {
    private let routing = FakeRouting()

    private func network(_ change: (inout KernelSettings) -> Void = { _ in }) -> NetworkView {
        var settings = KernelSettings()
        change(&settings)
        return NetworkView(channel: routing, settings: settings)
    }

    @Test("is the kernel's choice")
    func plain() {
        #expect(network().sourceAddress(toward: bob) == alice)
    }

    @Test("never leads through our own tunnels")
    func ownTable() {
        routing.answer?.table = 220
        routing.answer?.preferredSource = IPAddress("10.1.0.1")
        var wide = Route(destination: .any(.v4), prefix: 0)
        wide.interfaceIndex = 1
        var near = Route(destination: IPAddress("192.0.2.0")!, prefix: 24)
        near.interfaceIndex = 2
        near.preferredSource = alice
        routing.others = [wide, near]
        #expect(network().nextHop(toward: bob) == .init(interfaceIndex: 2, preferredSource: alice))
    }

    @Test("does not lead by ignored interfaces")
    func ignored() {
        #expect(network { $0.interfacesIgnore = ["eth0"] }.sourceAddress(toward: bob) == nil)
        #expect(network { $0.interfacesUse = ["eth1"] }.sourceAddress(toward: bob) == nil)
    }

    @Test("starts at an address of the interface if the route names none, or a virtual one")
    func otherSource() {
        let network = network()
        let own = IPAddress("10.9.0.1")!
        routing.answer?.preferredSource = own
        network.setVirtual(own, true)
        #expect(network.sourceAddress(toward: bob) == alice)
        routing.answer?.preferredSource = nil
        #expect(network.sourceAddress(toward: bob) == alice)
        routing.addresses = []
        #expect(network.sourceAddress(toward: bob) == nil)
    }

    @Test("is asked for each time until somebody watches for changes")
    func cache() {
        let network = network()
        #expect(network.isLocal(alice))
        routing.addresses = []
        #expect(!network.isLocal(alice))
        network.isWatched = true
        _ = network.isLocal(alice)
        routing.addresses = [InterfaceAddress(address: alice, prefix: 24, interfaceIndex: 2)]
        #expect(!network.isLocal(alice))
        network.invalidate()
        #expect(network.isLocal(alice))
    }
}
