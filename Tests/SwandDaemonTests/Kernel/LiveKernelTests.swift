import CryptoInterface
import Glibc
import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

/// Against a real kernel with ESP, as root, in a network namespace of their own that has an interface with the
/// addresses 192.0.2.1/24 and 10.1.0.1/16. The laboratory makes such a place and sets SWAND_LIVE_KERNEL.
@Suite("a real kernel", .serialized, .enabled(if: getenv("SWAND_LIVE_KERNEL") != nil))
struct LiveKernelTests {
    private let xfrm: NetlinkSocket
    private let route: NetlinkSocket
    private let kernel: XFRMKernel

    init() throws {
        xfrm = try NetlinkSocket(.xfrm)
        route = try NetlinkSocket(.route)
        var settings = KernelSettings()
        settings.journalPath = "/run/swand-live-kernel.state"
        kernel = try XFRMKernel(settings: settings) { print("kernel: \($0)") }
        kernel.start()
    }

    private func states() throws -> [XFRMStateReport] {
        try xfrm.dump({ StateRequest.dump() }) { try XFRMStateReport(from: $0.payload) }
    }

    private func policies() throws -> [XFRMPolicyReport] {
        try xfrm.dump({ PolicyRequest.dump() }) { try XFRMPolicyReport(from: $0.payload) }
    }

    private func routes() throws -> [Route] {
        try route.dump({ Route.dump(.v4) }) { try Route(from: $0.payload) }.filter { $0.table == 220 }
    }

    @Test("it can do ESP, and the probe leaves nothing")
    func probe() throws {
        defer { kernel.stop() }
        #expect(kernel.probe() == nil)
        #expect(try states().isEmpty)
    }

    @Test("a tunnel is installed, asked about, moved and removed")
    func tunnel() throws {
        defer { kernel.stop() }
        var inbound = inboundSA(try kernel.allocateSPI(.esp, source: bob, destination: alice).rawValue)
        inbound.lifetime.hardSeconds = 500
        inbound.replayWindow = 128
        try kernel.add(inbound)
        try kernel.add(outboundSA())
        #expect(try states().count == 2)
        #expect(try kernel.usage(of: inbound.identifier).packets == 0)
        var policy = outboundPolicy()
        policy.installRoute = true
        try kernel.add(policy)
        #expect(try policies().map(\.priority) == [383_615])
        #expect(try policies()[0].templates.map(\.spi) == [outboundSA().identifier.spi])
        #expect(try kernel.idle(of: policy) == nil)
        let installed = try #require(try routes().first)
        #expect(installed.destination == bobNet.start)
        #expect(installed.gateway == bob)
        #expect(installed.preferredSource == IPAddress("10.1.0.1"))

        let moved = SAAddresses(
            source: IPAddress("192.0.2.3")!, destination: alice,
            encapsulation: UDPEncapsulation(sourcePort: 4500, destinationPort: 4500))
        try kernel.update(inbound.identifier, to: moved)
        let after = try states().first { $0.state.spi == inbound.identifier.spi }
        #expect(after?.state.source == moved.source)
        #expect(after?.state.lifetime.hardSeconds == 500)
        inbound.identifier.source = moved.source
        try kernel.delete(inbound.identifier)
        try kernel.delete(outboundSA().identifier)
        try kernel.delete(policy)
        #expect(try states().isEmpty)
        #expect(try policies().isEmpty)
        #expect(try routes().isEmpty)
    }

    @Test("every algorithm that has a name is known to the kernel", arguments: [
        (EncryptionAlgorithm.aesGCM16, 20), (.aesGCM12, 20), (.aesGCM8, 20), (.aesCCM16, 19), (.aesCCM8, 19),
        (.aesCTR, 20), (.chacha20Poly1305, 36), (.aesCBC, 16), (.aesCBC, 32), (.null, 0), (.tripleDES, 24),
        (.camelliaCBC, 16), (.aesGMAC, 20),
    ])
    func algorithms(_ algorithm: EncryptionAlgorithm, _ keySize: Int) throws {
        defer { kernel.stop() }
        var sa = outboundSA()
        sa.encryption = (.encryption(algorithm), SecretBytes(copying: (0..<keySize).map { UInt8(truncatingIfNeeded: $0 * 37) }))
        if KernelAlgorithm.aead(algorithm) == nil {
            sa.integrity = (.hmacSHA256_128, SecretBytes(copying: [UInt8](repeating: 1, count: 32)))
        }
        try kernel.add(sa)
        #expect(try states().count == 1)
    }

    @Test("every MAC that has a name is known to the kernel", arguments: [
        (IntegrityAlgorithm.hmacSHA1_96, 20), (.hmacSHA256_96, 32), (.hmacSHA256_128, 32), (.hmacSHA384_192, 48),
        (.hmacSHA512_256, 64), (.aesXCBC96, 16), (.aesCMAC96, 16),
    ])
    func macs(_ algorithm: IntegrityAlgorithm, _ keySize: Int) throws {
        defer { kernel.stop() }
        var sa = outboundSA()
        sa.identifier.protocolID = .ah
        sa.encryption = nil
        sa.integrity = (algorithm, SecretBytes(copying: [UInt8](repeating: 1, count: keySize)))
        try kernel.add(sa)
        #expect(try states().count == 1)
    }

    @Test("IPComp, marks, flags and extended sequence numbers are taken, moved and removed")
    func everything() throws {
        defer { kernel.stop() }
        var sa = inboundSA()
        sa.cpi = try kernel.allocateCPI(source: bob, destination: alice)
        sa.identifier.mark = Mark(value: 5, mask: 0xff)
        sa.setMark = Mark(value: 7, mask: 0xff)
        sa.interfaceID = 3
        sa.extendedSequenceNumbers = true
        sa.copyDF = false
        sa.copyECN = false
        sa.copyDSCP = .in
        sa.hardwareOffload = .auto
        try kernel.add(sa)
        let own = try states().filter { $0.state.reqid == 1 }
        #expect(own.count == 2)
        #expect(own.allSatisfy { $0.mark == XFRMMark(value: 5, mask: 0xff) && $0.interfaceID == 3 })
        try kernel.update(
            sa.identifier, to: SAAddresses(source: IPAddress("192.0.2.3")!, destination: alice))
        sa.identifier.source = IPAddress("192.0.2.3")!
        #expect(try states().filter { $0.state.reqid == 1 }.allSatisfy { $0.state.source == sa.identifier.source })
        try kernel.delete(sa.identifier)
        #expect(try states().filter { $0.state.reqid == 1 }.isEmpty)
    }

    @Test("a packet against a trap is an acquire, once")
    func acquire() throws {
        defer { kernel.stop() }
        let events = try KernelEvents(kernel)
        var trap = outboundPolicy(spi: 0, reqid: 77, .routed)
        trap.installRoute = true  // so that packets have a source address that the policy covers
        try kernel.add(trap)
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        defer { close(descriptor) }
        for (port, family) in [(4000, bobNet.start), (4001, bobNet.start)] as [(UInt16, IPAddress)] {
            Self.send(descriptor, to: IPAddress(v4: UInt32(truncatingIfNeeded: family.value) + 1), port)
        }
        let acquires = events.read().filter { if case .acquire = $0 { true } else { false } }
        #expect(acquires.count == 1)
        guard case .acquire(77, let source, let destination) = acquires.first else {
            Issue.record("no acquire of the trap")
            return
        }
        #expect(aliceNet.contains(source.start))
        #expect(destination.start == IPAddress("10.2.0.1"))
        #expect(destination.ipProtocol == 17)
    }

    @Test("a new address is an event")
    func addressEvent() throws {
        defer { kernel.stop() }
        let events = try KernelEvents(kernel)
        _ = events.read()
        let address = IPAddress("192.0.2.99")!
        #expect(!kernel.isLocal(address))
        let index = try #require(kernel.network.interface(of: alice)?.index)
        let entry = InterfaceAddress(address: address, prefix: 32, interfaceIndex: index)
        try route.transact(entry.add())
        #expect(events.read().contains(.addressChanged))
        #expect(kernel.isLocal(address))
        try route.transact(entry.delete())
        #expect(events.read().contains(.addressChanged))
        #expect(!kernel.isLocal(address))
    }

    @Test("a route that went with its source address comes back with it")
    func routeReturns() throws {
        defer { kernel.stop() }
        let events = try KernelEvents(kernel)
        var policy = outboundPolicy()
        policy.installRoute = true
        try kernel.add(policy)
        #expect(try routes().count == 1)
        let inner = try #require(IPAddress("10.1.0.1"))
        let index = try #require(kernel.network.interface(of: inner)?.index)
        let entry = InterfaceAddress(address: inner, prefix: 16, interfaceIndex: index)
        try route.transact(entry.delete())
        _ = events.read()
        #expect(try routes().isEmpty)
        try route.transact(entry.add())
        _ = events.read()
        #expect(try routes().map(\.preferredSource) == [inner])
    }

    @Test("virtual addresses come and go, and nothing is sent to peers from them")
    func virtualAddress() throws {
        defer { kernel.stop() }
        let address = IPAddress("10.9.0.1")!
        try kernel.addVirtualAddress(address, toward: bob)
        #expect(kernel.isLocal(address))
        #expect(kernel.sourceAddress(toward: bob) == alice)
        try kernel.removeVirtualAddress(address)
        #expect(!kernel.isLocal(address))
    }

    @Test("IKE sockets pass beside the policies, and take ESP out of UDP")
    func socketOptions() {
        defer { kernel.stop() }
        for (family, number) in [(IPAddress.Family.v4, AF_INET), (.v6, AF_INET6)] {
            let descriptor = socket(number, Int32(SOCK_DGRAM.rawValue), 0)
            #expect(IKESocketOptions.bypassPolicies(descriptor, family) == 0)
            #expect(IKESocketOptions.receiveESP(descriptor) == 0)
            close(descriptor)
        }
    }

    private static func send(_ descriptor: Int32, to address: IPAddress, _ port: UInt16) {
        var destination = sockaddr_in()
        destination.sin_family = sa_family_t(AF_INET)
        destination.sin_port = port.bigEndian
        destination.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.value).bigEndian
        var octet: UInt8 = 0
        _ = withUnsafePointer(to: &destination) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, &octet, 1, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
