import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

/// What charon 5.9.8 with its bypass-lan plugin made pass policies for, with the same routes.
@Suite("networks on our links")
struct AttachedSubnetTests {
    private let routing = FakeRouting()

    private func route(
        _ destination: String, _ prefix: UInt8, on index: UInt32 = 2, table: UInt32 = 254,
        _ change: (inout Route) -> Void = { _ in }
    ) -> Route {
        var route = Route(destination: IPAddress(destination)!, prefix: prefix, table: table)
        route.interfaceIndex = index
        change(&route)
        return route
    }

    private func found(_ change: (inout KernelSettings) -> Void = { _ in }) -> [String] {
        var settings = KernelSettings()
        change(&settings)
        return NetworkView(channel: routing, settings: settings).attachedSubnets()
            .map { "\($0.network) \($0.interface)" }
    }

    @Test("a network of the main table without a next hop, whoever has added its route")
    func attached() {
        routing.others = [
            route("192.0.2.0", 24), route("10.9.9.10", 32), route("fe80::", 64), route("192.0.2.0", 24) { $0.priority = 5 },
        ]
        // The stand-in answers a question for one family with everything.
        #expect(Set(found()) == ["192.0.2.0/24 eth0", "10.9.9.10/32 eth0", "fe80::/64 eth0"])
        #expect(found().count == 3)
    }

    @Test("nothing behind a router, in another table, by loopback, or for everything")
    func others() {
        routing.others = [
            route("10.78.0.0", 16) { $0.gateway = bob }, route("10.79.0.0", 16) { $0.gateway = IPAddress("fe80::1") },
            route("192.0.2.1", 32, table: 255) { $0.kind = .local }, route("10.80.0.0", 16, table: 220),
            route("127.0.0.0", 8, on: 1), route("0.0.0.0", 0), route("10.81.0.0", 16, on: 9),
            route("10.82.0.0", 16) { $0.kind = .blackhole },
        ]
        #expect(found() == [])
    }

    @Test("interfaces that the daemon does not use are left out")
    func unused() {
        routing.others = [route("192.0.2.0", 24)]
        #expect(found { $0.interfacesIgnore = ["eth0"] } == [])
    }

    @Test("the answer is kept while the kernel's events are watched, until one of its routes changes")
    func kept() {
        let network = NetworkView(channel: routing, settings: KernelSettings())
        network.isWatched = true
        routing.others = [route("192.0.2.0", 24)]
        #expect(network.attachedSubnets().count == 1)
        routing.others = []
        #expect(network.attachedSubnets().count == 1)
        network.invalidateSubnets()
        #expect(network.attachedSubnets().isEmpty)
    }

    // MARK: Temporary addresses

    private func source(prefersTemporary: Bool, chosen: String) -> IPAddress? {
        func address(_ text: String, _ flags: InterfaceAddress.Flags = []) -> InterfaceAddress {
            InterfaceAddress(address: IPAddress(text)!, prefix: 64, interfaceIndex: 2, flags: flags)
        }
        routing.addresses = [
            address("2001:db8::aaaa", .secondary), address("2001:db8::1"), address("2001:db8:9::1"), address("fe80::1"),
        ]
        routing.answer = route("2001:db8:5::1", 128) { $0.preferredSource = IPAddress(chosen) }
        var settings = KernelSettings()
        settings.prefersTemporaryAddresses = prefersTemporary
        return NetworkView(channel: routing, settings: settings).sourceAddress(toward: IPAddress("2001:db8:5::1")!)
    }

    @Test("the lasting address of the same network is taken for the temporary one, unless that is preferred")
    func temporary() {
        #expect(source(prefersTemporary: false, chosen: "2001:db8::aaaa") == IPAddress("2001:db8::1"))
        #expect(source(prefersTemporary: true, chosen: "2001:db8::1") == IPAddress("2001:db8::aaaa"))
        #expect(source(prefersTemporary: true, chosen: "2001:db8:9::1") == IPAddress("2001:db8:9::1"))
        #expect(source(prefersTemporary: false, chosen: "2001:db8:9::1") == IPAddress("2001:db8:9::1"))
    }
}
