import CLinux
import IPsecModel
import Testing
import Wire
import XFRM

@Suite("netlink itself")
struct NetlinkTests {
    @Test("structures have the sizes that this codec writes")
    func sizes() {
        #expect(MemoryLayout<xfrm_usersa_info>.size == XFRMState.size)
        #expect(MemoryLayout<xfrm_userpolicy_info>.size == XFRMPolicy.size)
        #expect(MemoryLayout<xfrm_selector>.size == XFRMSelector.size)
    }

    @Test("messages of one datagram come one after the other")
    func several() throws {
        var reader = NetlinkMessageReader(
            view(hex("11000000 0100 0000 01000000 00000000 aa 000000 10000000 0300 0200 02000000 00000000")))
        let first = try #require(try reader.next())
        #expect(first.payload.count == 1)
        let second = try #require(try reader.next())
        #expect(second.type == NetlinkMessage.done)
        #expect(second.sequence == 2)
        #expect(try second.errorCode() == 0)
        #expect(try reader.next() == nil)
    }

    @Test("a header with an impossible length ends the reading", arguments: [0, 15, 18, 255])
    func badLength(_ length: UInt8) {
        var octets = hex("10000000 0100 0000 01000000 00000000 00")
        octets[0] = length
        #expect(throws: CodecError.badLength(offset: 0, value: Int(length))) { try message(octets) }
    }

    @Test("a refusal has a code, and the kernel's words if it sent some")
    func refusal() throws {
        let octets = hex(
            "34000000 0200 0003 01000000 00000000 ea ff ff ff 10000000 1000 0500 01000000 00000000"
                + " 0d00 0100 62616420 53504900 00 000000")
        let refused = try #require(try message(octets))
        #expect(try refused.errorCode() == 22)
        #expect(refused.errorText == "bad SPI")
    }

    @Test("a positive code is no error number")
    func positiveCode() throws {
        let wrong = try #require(try message(hex("14000000 0200 0000 01000000 00000000 01000000")))
        #expect(throws: CodecError.self) { try wrong.errorCode() }
    }

    @Test("an attribute whose length lies is refused", arguments: ["0300 0100", "0900 0100 00000000", "ffff 0100"])
    func badAttribute(_ text: String) {
        #expect(throws: CodecError.self) { try view(hex(text)).attributes(from: 0) }
    }

    @Test("less than a header at the end of the attributes is padding")
    func padding() throws {
        let attributes = try view(hex("0500 0180 aa 000000 000000")).attributes(from: 0)
        #expect(attributes.map(\.type) == [1])
        #expect(try attributes[0].value.u8(at: 0) == 0xaa)
    }

    @Test("a wiped buffer gives a view nothing any more")
    func wipe() {
        let buffer = NetlinkBuffer(capacity: 8)
        [UInt8](1...8).withUnsafeBytes { buffer.append($0) }
        let old = NetlinkView(buffer)
        buffer.wipe()
        #expect(old.withUnsafeBytes { $0.count } == 0)
        #expect(throws: CodecError.self) { try old.u32(at: 0) }
    }
}

@Suite("selectors")
struct SelectorTests {
    @Test("ICMP type and code stand in the two ports")
    func icmp() {
        let echo = TrafficSelector(
            network: aliceNet.start, prefix: 16, ipProtocol: 1, startPort: 0x0800, endPort: 0x0800)
        let any = TrafficSelector(network: bobNet.start, prefix: 16, ipProtocol: 1)
        let selector = XFRMSelector(source: echo, destination: any)
        #expect(selector.sourcePort == .init(port: 8, mask: 0xffff))
        #expect(selector.destinationPort == .any)
        let unreachable = TrafficSelector(
            network: aliceNet.start, prefix: 16, ipProtocol: 1, startPort: 0x0301, endPort: 0x0301)
        #expect(
            XFRMSelector(source: unreachable, destination: any).destinationPort == .init(port: 1, mask: 0xffff))
    }

    @Test("a range of addresses becomes the network around it")
    func range() {
        let range = TrafficSelector(start: IPAddress("10.1.0.3")!, end: IPAddress("10.1.0.9")!)
        let selector = XFRMSelector(source: range, destination: bobNet)
        #expect(selector.source == IPAddress("10.1.0.0"))
        #expect(selector.sourcePrefix == 28)
    }

    @Test("opaque ports are any port")
    func opaque() {
        let opaque = TrafficSelector(
            network: aliceNet.start, prefix: 16, ipProtocol: 17, startPort: 65535, endPort: 0)
        #expect(XFRMSelector(source: opaque, destination: bobNet).sourcePort == .any)
    }

    @Test("a selector is read as it was written")
    func roundTrip() throws {
        let tcp = TrafficSelector(network: IPAddress("fd00::")!, prefix: 64, ipProtocol: 6, startPort: 1, endPort: 1)
        let selector = XFRMSelector(source: tcp, destination: .all(.v6), interfaceIndex: 4)
        let request = NetlinkRequest(type: 0, flags: [])
        selector.write(to: request)
        #expect(try XFRMSelector(from: payload(request)) == selector)
    }
}
