import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

@Suite("policies with several owners")
struct PolicyOwnersTests {
    private let netlink = InMemoryNetlink()

    private var inForce: [InMemoryNetlink.Policy] { Array(netlink.policies.values) }

    @Test("the trap gives way to the CHILD_SA and comes back")
    func trapAndChild() throws {
        let kernel = makeKernel(netlink)
        let trap = outboundPolicy(spi: 0, .routed)
        let child = outboundPolicy(spi: 0xc000_0001)
        try kernel.add(trap)
        #expect(inForce == [.init(priority: 383_616, spi: 0)])
        try kernel.add(child)
        #expect(inForce == [.init(priority: 383_615, spi: 0xc000_0001)])
        try kernel.delete(child)
        #expect(inForce == [.init(priority: 383_616, spi: 0)])
        try kernel.delete(trap)
        #expect(inForce.isEmpty)
        #expect(kernel.counts.policies == 0)
    }

    @Test("a trap that comes later does not change what is in force")
    func lateTrap() throws {
        let kernel = makeKernel(netlink)
        try kernel.add(outboundPolicy())
        try kernel.add(outboundPolicy(spi: 0, .routed))
        #expect(inForce == [.init(priority: 383_615, spi: 0xc000_0001)])
        #expect(netlink.requests == [XFRMMessageType.newPolicy.rawValue])
    }

    @Test("after a rekeying the new SPI is in force, and stays when the old owner goes")
    func rekeying() throws {
        let kernel = makeKernel(netlink)
        try kernel.add(outboundPolicy(spi: 1))
        try kernel.add(outboundPolicy(spi: 2))
        #expect(inForce.map(\.spi) == [2])
        try kernel.delete(outboundPolicy(spi: 1))
        #expect(inForce.map(\.spi) == [2])
        #expect(netlink.requests.count == 2)
        try kernel.delete(outboundPolicy(spi: 2))
        #expect(inForce.isEmpty)
    }

    @Test("if the new one goes first, the old one is in force again")
    func failedRekeying() throws {
        let kernel = makeKernel(netlink)
        try kernel.add(outboundPolicy(spi: 1))
        try kernel.add(outboundPolicy(spi: 2))
        try kernel.delete(outboundPolicy(spi: 2))
        #expect(inForce.map(\.spi) == [1])
    }

    @Test("two CHILD_SAs with different request identifiers cannot have the same policy")
    func conflict() throws {
        let kernel = makeKernel(netlink)
        try kernel.add(outboundPolicy(spi: 1, reqid: 1))
        #expect(throws: KernelError.self) { try kernel.add(outboundPolicy(spi: 2, reqid: 2)) }
        #expect(inForce.map(\.spi) == [1])
        try kernel.delete(outboundPolicy(spi: 1, reqid: 1))
        #expect(inForce.isEmpty)
    }

    @Test("a trap gives way to a CHILD_SA that has another request identifier")
    func trapOfAnother() throws {
        let kernel = makeKernel(netlink)
        try kernel.add(outboundPolicy(spi: 0, reqid: 4, .routed))
        try kernel.add(outboundPolicy(spi: 1, reqid: 9))
        #expect(inForce.map(\.spi) == [1])
        try kernel.delete(outboundPolicy(spi: 1, reqid: 9))
        #expect(inForce.map(\.spi) == [0])
    }

    @Test("an owner whose addresses have changed can still be deleted")
    func moved() throws {
        let kernel = makeKernel(netlink)
        let old = outboundPolicy(spi: 1)
        var new = old
        new.local = IPAddress("192.0.2.9")!
        new.action = .protect(
            PolicyTemplate(
                protocolID: .esp, mode: .tunnel, reqid: 1, source: new.local, destination: bob,
                spi: SPI(rawValue: 1)))
        try kernel.add(old)
        try kernel.add(new)
        try kernel.delete(old)
        #expect(inForce.count == 1)
        try kernel.delete(new)
        #expect(inForce.isEmpty)
    }

    @Test("a refused policy has no owner")
    func refused() {
        netlink.refusals = [0: NetlinkFailure.invalid]
        let kernel = makeKernel(netlink)
        #expect(throws: KernelError.self) { try kernel.add(outboundPolicy()) }
        #expect(kernel.counts.policies == 0)
    }

    @Test("somebody else's policy is replaced")
    func foreign() throws {
        netlink.refusals = [0: NetlinkFailure.exists]
        let kernel = makeKernel(netlink)
        try kernel.add(outboundPolicy())
        #expect(
            netlink.requests == [XFRMMessageType.newPolicy.rawValue, XFRMMessageType.updatePolicy.rawValue])
    }

    @Test("deleting what was never added is an error")
    func unknown() {
        let kernel = makeKernel(netlink)
        #expect(throws: KernelError.self) { try kernel.delete(outboundPolicy()) }
        #expect(netlink.requests.isEmpty)
    }

    @Test("stopping takes everything away")
    func stop() throws {
        let kernel = makeKernel(netlink)
        try kernel.add(outboundPolicy())
        try kernel.add(outboundSA())
        kernel.stop()
        #expect(netlink.policies.isEmpty)
        #expect(netlink.states.isEmpty)
    }
}
