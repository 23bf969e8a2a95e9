import IKESA
import IPsecModel
import Testing

@testable import SwandDaemon

@Suite("the kernel that only remembers")
struct StandInKernelTests {
    @Test("SPIs are of the range and differ")
    func spis() throws {
        var settings = KernelSettings()
        settings.spiRange = 0xc000_0000...0xc000_0004
        let kernel = StandInKernel(settings: settings)
        var seen: Set<UInt32> = []
        for _ in 0..<5 { seen.insert(try kernel.allocateSPI(.esp, source: bob, destination: alice).rawValue) }
        #expect(seen == Set(settings.spiRange))
    }

    @Test("SAs are there until they are deleted, and once")
    func states() throws {
        let kernel = StandInKernel()
        try kernel.add(outboundSA())
        #expect(throws: KernelError.self) { try kernel.add(outboundSA()) }
        #expect(try kernel.usage(of: outboundSA().identifier) == SAUsage())
        var moved = outboundSA().identifier
        moved.destination = IPAddress("192.0.2.3")!
        try kernel.update(
            outboundSA().identifier, to: SAAddresses(source: alice, destination: moved.destination))
        #expect(throws: KernelError.self) { try kernel.usage(of: outboundSA().identifier) }
        try kernel.delete(moved)
        #expect(kernel.counts.states == 0)
    }

    @Test("policies count their owners")
    func policies() throws {
        let kernel = StandInKernel()
        try kernel.add(outboundPolicy())
        try kernel.add(outboundPolicy())
        try kernel.delete(outboundPolicy())
        #expect(kernel.counts.policies == 1)
        #expect(try kernel.idle(of: outboundPolicy()) == nil)
        try kernel.delete(outboundPolicy())
        #expect(throws: KernelError.self) { try kernel.delete(outboundPolicy()) }
    }
}
