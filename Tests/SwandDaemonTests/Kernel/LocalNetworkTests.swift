import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

/// Questions that any Linux answers anybody.
@Suite("the network of this machine")
struct LocalNetworkTests {
    private func network() throws -> NetworkView {
        NetworkView(channel: try NetlinkSocket(.route), settings: KernelSettings())
    }

    @Test("the loopback interface is there and has its address")
    func loopback() throws {
        let network = try network()
        let lo = try #require(network.interface(named: "lo"))
        #expect(lo.isLoopback)
        let address = IPAddress("127.0.0.1")!
        #expect(network.isLocal(address))
        #expect(network.interface(of: address)?.name == "lo")
        #expect(network.sourceAddress(toward: address) == address)
        #expect(!network.isLocal(IPAddress("192.0.2.77")!))
        #expect(!network.usableAddresses().contains(address))
    }

    @Test("an address inside a selector is found, and a virtual one first")
    func inside() throws {
        let network = try network()
        let selector = TrafficSelector(network: IPAddress("127.0.0.0")!, prefix: 8)
        #expect(network.address(inside: selector, preferring: []) == IPAddress("127.0.0.1"))
        let own = IPAddress("127.0.0.9")!
        #expect(network.address(inside: selector, preferring: [own]) == own)
    }

    @Test("interfaces_use decides alone, otherwise interfaces_ignore")
    func interfaces() {
        var settings = KernelSettings()
        settings.interfacesIgnore = ["eth1"]
        #expect(settings.isUsed("eth0"))
        #expect(!settings.isUsed("eth1"))
        settings.interfacesUse = ["eth1"]
        #expect(!settings.isUsed("eth0"))
        #expect(settings.isUsed("eth1"))
    }
}
