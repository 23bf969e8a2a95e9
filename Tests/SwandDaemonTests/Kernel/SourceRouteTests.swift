import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

@Suite("whether packets can leave from an address")
struct SourceRouteTests {
    private let routing = FakeRouting()
    private let uplink = IPAddress("10.3.0.1")!

    private func network() -> NetworkView {
        routing.links.append(NetworkInterface(index: 3, name: "eth2"))
        routing.addresses.append(InterfaceAddress(address: uplink, prefix: 24, interfaceIndex: 3))
        return NetworkView(channel: routing, settings: KernelSettings())
    }

    @Test("from the interface of the kernel's own choice")
    func best() {
        #expect(network().hasRoute(toward: bob, from: alice))
    }

    @Test("from another interface only where a route leads through it")
    func other() {
        let network = network()
        #expect(!network.hasRoute(toward: bob, from: uplink))
        var route = Route(destination: .any(.v4), prefix: 0)
        route.interfaceIndex = 3
        routing.others = [route]
        #expect(network.hasRoute(toward: bob, from: uplink))
    }

    @Test("never from an address that is not ours, nor without any route, nor in another family")
    func none() {
        let network = network()
        #expect(!network.hasRoute(toward: bob, from: IPAddress("192.0.2.77")!))
        #expect(!network.hasRoute(toward: IPAddress("2001:db8::1")!, from: alice))
        routing.answer = nil
        #expect(!network.hasRoute(toward: bob, from: alice))
    }
}
