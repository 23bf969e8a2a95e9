import CryptoInterface
import IKESA
import IPsecModel
import Testing
import XFRM

@testable import SwandDaemon

/// Flags, windows and modes that `ip xfrm state` showed where charon 5.9.8 had installed the SAs.
@Suite("SAs as the kernel gets them")
struct StateTests {
    @Test("a tunnel takes inner packets of both families and checks replays inbound only")
    func tunnel() throws {
        let inbound = try #require(try inboundSA().kernelStates(offload: nil).pairs.first)
        #expect(inbound.state.mode == .tunnel)
        #expect(inbound.state.flags == .anyFamily)
        #expect(inbound.state.replayWindow == 32)
        #expect(inbound.attributes.replay == nil)
        #expect(inbound.attributes.aead?.name == "rfc4106(gcm(aes))")
        let outbound = try #require(try outboundSA().kernelStates(offload: nil).pairs.first)
        #expect(outbound.state.replayWindow == 0)
    }

    @Test("transport mode has the hosts as selector, without protocol and ports")
    func transport() throws {
        var sa = outboundSA(mode: .transport)
        sa.sourceSelectors = [TrafficSelector(host: alice, ipProtocol: 17, startPort: 1701, endPort: 1701)]
        sa.destinationSelectors = [TrafficSelector(host: bob, ipProtocol: 17)]
        let pair = try #require(try sa.kernelStates(offload: nil).pairs.first)
        #expect(pair.state.mode == .transport)
        #expect(pair.state.flags.isEmpty)
        #expect(
            pair.state.selector
                == XFRMSelector(source: TrafficSelector(host: alice), destination: TrafficSelector(host: bob)))
    }

    @Test("IPComp carries the tunnel, and ESP protects it in transport mode")
    func compression() throws {
        var sa = inboundSA()
        sa.cpi = SPI(rawValue: 0x1234)
        sa.lifetime.hardSeconds = 100
        let pairs = try sa.kernelStates(offload: nil).pairs
        #expect(pairs.map(\.state.ipProtocol) == [.ipcomp, .esp])
        #expect(pairs.map(\.state.mode) == [.tunnel, .transport])
        #expect(pairs[0].state.flags == [.noECN, .noPathMTUDiscovery, .anyFamily])
        #expect(pairs[0].state.lifetime == XFRMLifetime())
        #expect(pairs[1].state.flags.isEmpty)
        #expect(pairs[1].state.lifetime.hardSeconds == 100)
        #expect(pairs[1].state.selector == nil)
    }

    @Test("extended sequence numbers need a window in both directions")
    func extendedSequenceNumbers() throws {
        var inbound = inboundSA()
        inbound.extendedSequenceNumbers = true
        inbound.replayWindow = 128
        var outbound = outboundSA()
        outbound.extendedSequenceNumbers = true
        outbound.replayWindow = 128
        let pairs = try [inbound, outbound].flatMap { try $0.kernelStates(offload: nil).pairs }
        #expect(pairs.map(\.attributes.replay?.window) == [128, 1])
        #expect(pairs.allSatisfy { $0.state.flags == [.anyFamily, .extendedSequenceNumbers] })
        #expect(pairs.allSatisfy { $0.state.replayWindow == 0 })
    }

    @Test("a large window without them is an attribute inbound and nothing outbound")
    func largeWindow() throws {
        var inbound = inboundSA()
        inbound.replayWindow = 64
        var outbound = outboundSA()
        outbound.replayWindow = 64
        #expect(try inbound.kernelStates(offload: nil).pairs[0].attributes.replay?.window == 64)
        #expect(try outbound.kernelStates(offload: nil).pairs[0].attributes.replay == nil)
    }

    @Test("an SA in transport mode is for its addresses, and for protocol and ports where that is wanted", arguments: [false, true])
    func transportSelector(isNarrow: Bool) throws {
        var sa = outboundSA(mode: .transport)
        sa.sourceSelectors = [TrafficSelector(host: alice, ipProtocol: 6)]
        sa.destinationSelectors = [TrafficSelector(host: bob, ipProtocol: 6, startPort: 443, endPort: 443)]
        let state = try sa.kernelStates(offload: nil, narrowsTransport: isNarrow).pairs[0].state
        let selector = try #require(state.selector)
        #expect(selector.destination == bob && selector.destinationPrefix == 32)
        #expect(selector.ipProtocol == (isNarrow ? 6 : 0))
        #expect(selector.destinationPort == (isNarrow ? .init(port: 443, mask: .max) : .any))
        #expect(selector.sourcePort == .any)
    }

    @Test("header flags are per direction")
    func flags() throws {
        var inbound = inboundSA()
        var outbound = outboundSA()
        for copy in [ChildConfig.CopyDSCP.in, .yes, .out, .no] {
            inbound.copyDSCP = copy
            outbound.copyDSCP = copy
            let first = try inbound.kernelStates(offload: nil).pairs[0]
            let second = try outbound.kernelStates(offload: nil).pairs[0]
            #expect(first.state.flags.contains(.decapsulateDSCP) == (copy == .in || copy == .yes))
            #expect(first.attributes.extraFlags.isEmpty)
            #expect(
                second.attributes.extraFlags.contains(.dontEncapsulateDSCP) == (copy == .in || copy == .no))
        }
        outbound.copyDF = false
        outbound.copyECN = false
        outbound.tfcPadding = 100
        inbound.tfcPadding = 100
        let pair = try outbound.kernelStates(offload: nil).pairs[0]
        #expect(pair.state.flags.isSuperset(of: [.noECN, .noPathMTUDiscovery]))
        #expect(pair.attributes.tfcPadding == 100)
        #expect(try inbound.kernelStates(offload: nil).pairs[0].attributes.tfcPadding == 0)
    }

    @Test("AH over IPv4 is aligned to four octets and has no encapsulation")
    func ah() throws {
        var sa = outboundSA()
        sa.identifier.protocolID = .ah
        sa.encryption = nil
        sa.integrity = (.hmacSHA256_96, SecretBytes(copying: [UInt8](repeating: 1, count: 32)))
        sa.encapsulation = UDPEncapsulation(sourcePort: 4500, destinationPort: 4500)
        let pair = try sa.kernelStates(offload: nil).pairs[0]
        #expect(pair.state.flags == [.anyFamily, .align4])
        #expect(pair.attributes.authentication?.icvBits == 96)
        #expect(pair.attributes.encapsulation == nil)
    }

    @Test("what the kernel does not have is refused before it is asked")
    func unsupported() {
        var sa = outboundSA()
        sa.encryption?.transform = .encryption(.camelliaCTR, 128)
        #expect(throws: UnsupportedSA.encryption(24)) { try sa.kernelStates(offload: nil) }
        sa.encryption = nil
        #expect(throws: UnsupportedSA.missingKey) { try sa.kernelStates(offload: nil) }
        sa = outboundSA()
        sa.replayWindow = 5000
        #expect(throws: UnsupportedSA.replayWindow(5000)) { try sa.kernelStates(offload: nil) }
        sa = outboundSA()
        sa.cpi = SPI(rawValue: 0x1234)
        sa.sourceSelectors = [.all(.v6)]
        #expect(throws: UnsupportedSA.compressionOfOtherFamily) { try sa.kernelStates(offload: nil) }
    }

    @Test("a compressing SA whose ESP half is refused leaves no IPComp behind")
    func halfInstalled() {
        let netlink = InMemoryNetlink()
        netlink.refusals = [1: NetlinkFailure.noSystemCall]
        let kernel = makeKernel(netlink)
        var sa = inboundSA()
        sa.cpi = SPI(rawValue: 0x1234)
        #expect(throws: KernelError.self) { try kernel.add(sa) }
        #expect(netlink.states.isEmpty)
        #expect(kernel.counts.states == 0)
    }

    @Test("the outbound policy of a compressing SA names its CPI, and inbound compression is optional")
    func compressedPolicy() throws {
        let netlink = InMemoryNetlink()
        let kernel = makeKernel(netlink)
        var sa = outboundSA()
        sa.cpi = SPI(rawValue: 0x1234)
        try kernel.add(sa)
        var policy = outboundPolicy()
        policy.action = .protect(
            PolicyTemplate(
                protocolID: .esp, mode: .tunnel, reqid: 1, source: alice, destination: bob,
                spi: sa.identifier.spi, ipcomp: true))
        try kernel.add(policy)
        #expect(netlink.policies.values.map(\.spi) == [0x1234])
        policy.direction = .inbound
        let templates = policy.kernelPolicy(cpi: .none).templates
        #expect(templates.map(\.isOptional) == [true, false])
        #expect(templates.map(\.mode) == [.tunnel, .transport])
        #expect(templates[1].source.isAny)
        try kernel.delete(sa.identifier)
        #expect(netlink.states.isEmpty)
    }

    @Test("SPIs are of the range, are not given twice and can be given back")
    func spis() throws {
        let netlink = InMemoryNetlink()
        var settings = KernelSettings()
        settings.journalPath = nil
        settings.spiRange = 0xc000_0000...0xc000_0003
        let kernel = XFRMKernel(settings: settings, xfrm: netlink, route: InMemoryNetlink())
        var seen: Set<UInt32> = []
        for _ in 0..<4 { seen.insert(try kernel.allocateSPI(.esp, source: bob, destination: alice).rawValue) }
        #expect(seen == Set(settings.spiRange))
        #expect(throws: KernelError.self) { try kernel.allocateSPI(.esp, source: bob, destination: alice) }
        try kernel.delete(
            SAIdentifier(protocolID: .esp, spi: SPI(rawValue: 0xc000_0002), source: bob, destination: alice))
        #expect(try kernel.allocateSPI(.esp, source: bob, destination: alice).rawValue == 0xc000_0002)
        #expect(netlink.requests.isEmpty)
    }

    @Test("keys are not in a request's memory once it is wiped")
    func wiped() throws {
        let key = SecretBytes(copying: [UInt8](repeating: 0xa5, count: 20))
        var attributes = XFRMStateAttributes()
        attributes.aead = .init(name: "rfc4106(gcm(aes))", key: key, icvBits: 128)
        let state = XFRMState(
            source: alice, destination: bob, spi: SPI(rawValue: 1), ipProtocol: .esp, mode: .tunnel, reqid: 1)
        let request = StateRequest.add(state, attributes)
        let size = request.buffer.count
        let inside = request.buffer.withUnsafeBytes { UnsafeRawBufferPointer($0) }
        #expect(inside.contains(0xa5))
        request.buffer.wipe()
        let memory = UnsafeRawBufferPointer(start: inside.baseAddress, count: size)
        #expect(memory.allSatisfy { $0 == 0 })
    }
}
