import CryptoInterface
import IPsecModel
import Testing
import XFRM

/// Messages against octets that were written down by hand from the kernel's structures (little-endian machines).
@Suite("XFRM messages are laid out as linux/xfrm.h says")
struct GoldenMessageTests {
    static let selector =
        "0a020000 00*12 0a010000 00*12" + " 0000 0000 0000 0000 0200 10 10 00 000000 00000000 00000000"
    static let noLifetime = " ff*32 00*32"
    static let id = " c0000202 00*12 c1234567 32 000000"

    @Test("a selector of two networks")
    func networkSelector() {
        let selector = XFRMSelector(source: aliceNet, destination: bobNet)
        let request = NetlinkRequest(type: 0, flags: [])
        selector.write(to: request)
        #expect(Array(bytes(request).dropFirst(16)) == hex(Self.selector))
    }

    @Test("a selector with protocol and ports")
    func portSelector() {
        let tcp = TrafficSelector(network: aliceNet.start, prefix: 16, ipProtocol: 6, startPort: 80, endPort: 80)
        let udpRange = TrafficSelector(
            network: bobNet.start, prefix: 16, ipProtocol: 6, startPort: 1024, endPort: 2047)
        let request = NetlinkRequest(type: 0, flags: [])
        XFRMSelector(source: tcp, destination: udpRange).write(to: request)
        #expect(
            Array(bytes(request).dropFirst(16))
                == hex("0a020000 00*12 0a010000 00*12 0400 fc00 0050 ffff 0200 10 10 06 000000 00*8"))
    }

    @Test("an AES-GCM tunnel SA in UDP")
    func newSA() {
        var state = XFRMState(
            source: alice, destination: bob, spi: SPI(rawValue: 0xc123_4567), ipProtocol: .esp, mode: .tunnel,
            reqid: 7)
        state.flags = .anyFamily
        state.replayWindow = 32
        state.lifetime.softSeconds = 3600
        var attributes = XFRMStateAttributes()
        attributes.aead = .init(
            name: "rfc4106(gcm(aes))", key: SecretBytes(copying: Array(1...20)), icvBits: 128)
        attributes.encapsulation = XFRMEncapsulation(sourcePort: 4500, destinationPort: 4501)
        let expected =
            "b0010000 1000 0506 01000000 00000000"  // length 432, NEWSA, REQUEST|ACK|EXCL|CREATE
            + " 00*56"  // no selector
            + Self.id + " c0000201 00*12"
            + " ff*32 100e000000000000 00*24" + " 00*32"  // lifetime, usage
            + " 00*12 00000000 07000000 0200 01 20 20 00*7"
            + " 6000 1200"  // XFRMA_ALG_AEAD, 96 octets
            + " 72666334313036286763 6d286165732929 00*47 a0000000 80000000 0102030405060708090a0b0c0d0e0f1011121314"
            + " 1c00 0400 0200 1194 1195 0000 00*16"
        let octets = bytes(StateRequest.add(state, attributes))
        var wanted = hex(expected)
        wanted[0] = UInt8(wanted.count & 0xff)
        wanted[1] = UInt8(wanted.count >> 8)
        #expect(octets == wanted)
        #expect(octets.count == 16 + 224 + 96 + 28)
    }

    @Test("deleting an SA with a mark")
    func deleteSA() {
        let id = XFRMStateID(
            destination: bob, spi: SPI(rawValue: 0xc123_4567), ipProtocol: .esp, source: alice,
            mark: XFRMMark(value: 5, mask: 0xff))
        #expect(
            bytes(StateRequest.delete(id))
                == hex(
                    "48000000 1100 0500 01000000 00000000 c0000202 00*12 c1234567 0200 32 00"
                        + " 1400 0d00 c0000201 00*12 0c00 1500 05000000 ff000000"))
    }

    @Test("an outbound tunnel policy")
    func newPolicy() {
        var policy = XFRMPolicy(
            key: XFRMPolicyKey(
                direction: .outbound, selector: XFRMSelector(source: aliceNet, destination: bobNet), interfaceID: 9),
            priority: 383_615)
        policy.templates = [
            XFRMTemplate(
                source: alice, destination: bob, spi: SPI(rawValue: 0xc123_4567), ipProtocol: .esp, mode: .tunnel,
                reqid: 7)
        ]
        #expect(
            bytes(PolicyRequest.add(policy))
                == hex(
                    "04010000 1300 0506 01000000 00000000 " + Self.selector + Self.noLifetime + " 00*32"
                        + " 7fda0500 00000000 01 00 0000 00000000"
                        + " 4400 0500" + Self.id + " 0200 0000 c0000201 00*12 07000000 01 00 00 00 ff*12"
                        + " 0800 1f00 09000000"))
    }

    @Test("deleting and flushing policies")
    func deletePolicy() {
        let key = XFRMPolicyKey(
            direction: .forward, selector: XFRMSelector(source: aliceNet, destination: bobNet))
        #expect(
            bytes(PolicyRequest.delete(key))
                == hex("50000000 1400 0500 01000000 00000000 " + Self.selector + " 00000000 02 000000"))
        #expect(bytes(PolicyRequest.flush()) == hex("10000000 1d00 0500 01000000 00000000"))
        #expect(bytes(StateRequest.flush()) == hex("14000000 1c00 0500 01000000 00000000 ff 000000"))
    }

    @Test("a replay window of 128 packets, marks and flags are attributes")
    func attributes() {
        let state = XFRMState(
            source: alice, destination: bob, spi: SPI(rawValue: 1), ipProtocol: .ah, mode: .tunnel, reqid: 1)
        var attributes = XFRMStateAttributes()
        attributes.replay = XFRMReplayState(window: 128)
        attributes.setMark = XFRMMark(value: 7, mask: 0xff)
        attributes.tfcPadding = 100
        attributes.extraFlags = .dontEncapsulateDSCP
        attributes.offload = XFRMOffload(interfaceIndex: 3, isInbound: true, isPacketMode: true)
        attributes.compression = "deflate"
        #expect(
            Array(bytes(StateRequest.add(state, attributes)).dropFirst(16 + 224))
                == hex(
                    "4800 0300 6465666c617465 00*57 00000000"
                        + " 0800 1d00 07000000 0800 1e00 ff000000"
                        + " 0800 1600 64000000"
                        + " 2c00 1700 04000000 00*16 80000000 00*16"
                        + " 0800 1800 01000000"
                        + " 0c00 1c00 03000000 06 000000"))
    }

    @Test("thresholds, migration and an SPI from the kernel")
    func others() {
        #expect(
            bytes(PolicyRequest.hashThresholds(v4: (32, 24), v6: nil))
                == hex("1c000000 2400 0500 01000000 00000000 00000000 0600 0300 20 18 0000"))
        let key = XFRMPolicyKey(
            direction: .outbound, selector: XFRMSelector(source: aliceNet, destination: bobNet))
        let move = XFRMMigration(
            from: (alice, bob), to: (alice, IPAddress("192.0.2.3")!), ipProtocol: .esp, mode: .tunnel, reqid: 4)
        #expect(
            Array(bytes(PolicyRequest.migrate(key, [move])).dropFirst(16 + 64))
                == hex(
                    "5000 1100 c0000202 00*12 c0000201 00*12 c0000203 00*12 c0000201 00*12"
                        + " 32 01 0000 04000000 0200 0200"))
        let state = XFRMState(
            source: alice, destination: bob, spi: .none, ipProtocol: .esp, mode: .tunnel, reqid: 1)
        let octets = bytes(StateRequest.allocateSPI(state, range: 0xc000_0000...0xcfff_ffff))
        #expect(octets.count == 16 + 232)
        #expect(octets.suffix(8) == hex("000000c0 ffffffcf")[...])
    }
}
