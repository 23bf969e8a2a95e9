import CryptoInterface
import Glibc
import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

@Suite("the interface that a child configuration names")
struct InterfaceDeviceTests {
    private let routing = FakeRouting()

    private func kernel(_ change: (inout KernelSettings) -> Void = { _ in }) -> XFRMKernel {
        var settings = KernelSettings()
        settings.journalPath = nil
        settings.sysctlRoot = "/nonexistent"
        change(&settings)
        return XFRMKernel(settings: settings, xfrm: InMemoryNetlink(), route: routing)
    }

    private var devices: [String: UInt32] {
        Dictionary(
            uniqueKeysWithValues: routing.links.compactMap { link in link.interfaceID.map { (link.name, $0) } })
    }

    private func policy(_ source: TrafficSelector, _ destination: TrafficSelector, id: UInt32) -> PolicyParameters {
        var policy = outboundPolicy()
        policy.source = source
        policy.destination = destination
        policy.installRoute = true
        policy.interface = "ipsec0"
        policy.interfaceID = id
        return policy
    }

    @Test("is made with its ID, is up, and goes with the last that has claimed it")
    func made() throws {
        let kernel = kernel()
        #expect(try kernel.claimInterface("ipsec0", id: 42) == .device(id: 42))
        #expect(try kernel.claimInterface("ipsec0", id: 42) == .device(id: 42))
        #expect(try kernel.claimInterface("ipsec0", id: 0) == .device(id: 42))
        #expect(devices == ["ipsec0": 42])
        #expect(routing.links.last?.isUp == true)
        kernel.releaseInterface("ipsec0")
        kernel.releaseInterface("ipsec0")
        #expect(devices == ["ipsec0": 42])
        kernel.releaseInterface("ipsec0")
        #expect(devices.isEmpty)
    }

    @Test("gets an ID that nobody uses where the configuration has none")
    func allocated() throws {
        let kernel = kernel()
        routing.links.append(FakeRouting.device("other", id: 0x7000_0001, index: 9))
        #expect(try kernel.claimInterface("ipsec0", id: 0) == .device(id: 0x7000_0002))
        #expect(try kernel.claimInterface("ipsec1", id: 0) == .device(id: 0x7000_0003))
    }

    @Test("is used and left alone where it was there before")
    func existing() throws {
        let kernel = kernel()
        routing.links.append(FakeRouting.device("ipsec0", id: 7, index: 9))
        #expect(try kernel.claimInterface("ipsec0", id: 0) == .device(id: 7))
        #expect(try kernel.claimInterface("ipsec0", id: 7) == .device(id: 7))
        try kernel.add(policy(aliceNet, bobNet, id: 7))
        #expect(routing.routes.isEmpty)
        kernel.releaseInterface("ipsec0")
        kernel.releaseInterface("ipsec0")
        kernel.stop()
        #expect(devices == ["ipsec0": 7])
    }

    @Test("restricts policies where it is no XFRM interface")
    func ordinary() throws {
        let kernel = kernel()
        #expect(try kernel.claimInterface("eth0", id: 0) == .ordinary)
        kernel.releaseInterface("eth0")
        #expect(routing.links.count == 2)
    }

    @Test("is refused by name with another ID, of another kind, or with the ID of another device")
    func refused() throws {
        let kernel = kernel()
        routing.links.append(FakeRouting.device("ipsec0", id: 7, index: 9))
        func reason(_ name: String, _ id: UInt32) -> String? {
            do throws(KernelError) {
                _ = try kernel.claimInterface(name, id: id)
                return nil
            } catch {
                return "\(error.request): \(error.reason)"
            }
        }
        #expect(reason("ipsec0", 8) == "use interface ipsec0: it exists with if_id 7, not 8")
        #expect(
            reason("eth0", 8) == "use interface eth0: it exists and is no XFRM interface, so it cannot have if_id 8")
        #expect(
            reason("ipsec1", 7) == "make interface ipsec1 with if_id 7: if_id 7 belongs to interface ipsec0")
        routing.refusesDevices = true
        #expect(
            reason("ipsec1", 9)
                == "make interface ipsec1 with if_id 9: the kernel has no XFRM interfaces (module xfrm_interface)")
        #expect(devices == ["ipsec0": 7])
    }

    @Test("a device that went although it is claimed comes back with its ID")
    func gone() throws {
        let kernel = kernel()
        let id = try kernel.claimInterface("ipsec0", id: 0)
        routing.links.removeAll { $0.name == "ipsec0" }
        #expect(try kernel.claimInterface("ipsec0", id: 0) == id)
        #expect(devices.count == 1)
        kernel.stop()
        #expect(devices.isEmpty)
    }

    @Test("a device of ours is routed to, but not what is more specific at this end, nor the peer")
    func routes() throws {
        let kernel = kernel()
        _ = try kernel.claimInterface("ipsec0", id: 42)
        let wanted = policy(.all(.v4), .all(.v4), id: 42)
        try kernel.add(wanted)
        let index = routing.links.last?.index
        let led = routing.routes.filter { $0.kind == .unicast }
        #expect(led.map(\.destination) == [.any(.v4)])
        #expect(led.first?.interfaceIndex == index && led.first?.gateway == nil && led.first?.table == 220)
        let thrown = Set(routing.routes.filter { $0.kind == .throw }.map { "\($0.destination)/\($0.prefix)" })
        #expect(thrown == ["\(bob)/32", "192.0.2.0/24", "10.1.0.0/16"])
        try kernel.delete(wanted)
        #expect(routing.routes.isEmpty)
    }

    @Test("a route over a device to a network that is elsewhere excepts nothing")
    func narrow() throws {
        let kernel = kernel()
        _ = try kernel.claimInterface("ipsec0", id: 42)
        try kernel.add(policy(aliceNet, bobNet, id: 42))
        #expect(routing.routes.map(\.kind) == [.unicast])
        #expect(routing.routes.first?.preferredSource == IPAddress("10.1.0.1"))
    }

    @Test("IKE neither starts at addresses of tunnel devices nor travels through them")
    func underlay() throws {
        let kernel = kernel()
        _ = try kernel.claimInterface("ipsec0", id: 42)
        let index = try #require(routing.links.last?.index)
        routing.addresses.append(InterfaceAddress(address: IPAddress("10.99.0.1")!, prefix: 24, interfaceIndex: index))
        #expect(!kernel.usableAddresses().contains(IPAddress("10.99.0.1")!))
        routing.answer?.interfaceIndex = index
        var near = Route(destination: IPAddress("192.0.2.0")!, prefix: 24)
        near.interfaceIndex = 2
        routing.others = [near]
        #expect(kernel.network.nextHop(toward: bob)?.interfaceIndex == 2)
    }

    @Test("the MTU is what the protection of the smallest SA leaves of the link")
    func mtu() throws {
        let kernel = kernel()
        _ = try kernel.claimInterface("ipsec0", id: 42)
        var sa = outboundSA()
        sa.interface = "ipsec0"
        try kernel.add(sa)
        #expect(routing.links.last?.mtu == 1446)
        var encapsulated = outboundSA(0xc000_0009)
        encapsulated.interface = "ipsec0"
        encapsulated.encapsulation = UDPEncapsulation(sourcePort: 4500, destinationPort: 4500)
        try kernel.add(encapsulated)
        #expect(routing.links.last?.mtu == 1438)
        try kernel.delete(encapsulated.identifier)
        #expect(routing.links.last?.mtu == 1446)
    }

    @Test("a device of a crashed run goes at the next start, unless another has its name by then")
    func leftover() throws {
        let path = "/tmp/swand-devices-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        func crash() throws {
            let crashed = kernel { $0.journalPath = path }
            crashed.start()
            _ = try crashed.claimInterface("ipsec0", id: 42)
        }
        try crash()
        #expect(devices == ["ipsec0": 42])
        kernel { $0.journalPath = path }.start()
        #expect(devices.isEmpty)
        try crash()
        routing.links.removeAll { $0.name == "ipsec0" }
        routing.links.append(FakeRouting.device("ipsec0", id: 5, index: 30))
        kernel { $0.journalPath = path }.start()
        #expect(devices == ["ipsec0": 5])
    }
}

@Suite("offload to a network device")
struct OffloadTests {
    private let xfrm = InMemoryNetlink()

    private func add(_ mode: ChildConfig.HardwareOffload) throws {
        var settings = KernelSettings()
        settings.journalPath = nil
        let kernel = XFRMKernel(settings: settings, xfrm: xfrm, route: FakeRouting())
        var sa = outboundSA()
        sa.hardwareOffload = mode
        try kernel.add(sa)
    }

    @Test("that the kernel has silently left out is refused by the device's name, and no SA is left")
    func silent() {
        let error = #expect(throws: KernelError.self) { try add(.crypto) }
        #expect(error?.reason.contains("eth0 does not offload") == true)
        #expect(xfrm.states.isEmpty)
    }

    @Test("that the device refuses is refused by its name")
    func refused() {
        xfrm.refusals = [0: NetlinkFailure.invalid]
        let error = #expect(throws: KernelError.self) { try add(.packet) }
        #expect(error?.reason.contains("network device eth0") == true)
        #expect(xfrm.states.isEmpty)
    }

    @Test("is left out under auto where the device refuses it")
    func automatic() throws {
        xfrm.refusals = [0: NetlinkFailure.notSupported]
        try add(.auto)
        #expect(xfrm.states.count == 1)
    }
}

@Suite("what a packet grows by")
struct TunnelOverheadTests {
    struct Case: Sendable {
        var name: String
        var change: @Sendable (inout SAParameters) -> Void
        var mtu: UInt32
    }

    /// The MTU of 1500 octets less what Linux 6.1 adds (`xfrm_state_mtu`).
    static let cases = [
        Case(name: "AES-GCM", change: { _ in }, mtu: 1446),
        Case(
            name: "AES-GCM in UDP",
            change: { $0.encapsulation = UDPEncapsulation(sourcePort: 4500, destinationPort: 4500) }, mtu: 1438),
        Case(
            name: "AES-CBC with SHA-256",
            change: {
                $0.encryption = (.encryption(.aesCBC, 128), SecretBytes(copying: [UInt8](repeating: 1, count: 16)))
                $0.integrity = (.hmacSHA256_128, SecretBytes(copying: [UInt8](repeating: 1, count: 32)))
            }, mtu: 1438),
        Case(
            name: "AH with SHA-256",
            change: {
                $0.identifier.protocolID = .ah
                $0.encryption = nil
                $0.integrity = (.hmacSHA256_128, SecretBytes(copying: [UInt8](repeating: 1, count: 32)))
            }, mtu: 1452),
        Case(
            name: "AES-GCM in IPv6",
            change: {
                $0.identifier.source = IPAddress("fec0::1")!
                $0.identifier.destination = IPAddress("fec0::2")!
            }, mtu: 1426),
    ]

    @Test("leaves room for a packet of this size", arguments: cases)
    func overhead(_ c: Case) {
        var sa = outboundSA()
        c.change(&sa)
        #expect(sa.overhead?.innerMTU(of: 1500) == c.mtu)
        #expect(sa.overhead?.innerMTU(of: 20) == 0)
    }
}
