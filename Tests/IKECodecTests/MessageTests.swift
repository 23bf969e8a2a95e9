import IKECodec
import IPsecModel
import Testing
import Wire

@Suite("IKE header")
struct HeaderTests {
    static let golden = hex("0102030405060708 1112131415161718 29 20 25 28 00000007 0000001c")
    static var header: IKEHeader {
        IKEHeader(
            initiatorSPI: IKESPI(rawValue: 0x0102_0304_0506_0708), responderSPI: IKESPI(rawValue: 0x1112_1314_1516_1718),
            nextPayload: .notify, exchange: .informational, flags: [.initiator, .response], messageID: 7, length: 28)
    }

    @Test("the layout of RFC 7296 §3.1")
    func golden() throws {
        #expect(written(Self.header.write) == Self.golden)
        #expect(try IKEHeader(datagram: Self.golden.span.bytes) == Self.header)
        #expect(Self.header.isResponse && Self.header.isFromInitiator)
        #expect(Self.header.initiatorSPI.description == "0102030405060708")
    }

    @Test("every prefix is refused", arguments: 0..<28)
    func prefixes(_ count: Int) {
        #expect(throws: CodecError.self) { try IKEHeader(datagram: Array(Self.golden[..<count]).span.bytes) }
    }

    @Test("a length that is not the datagram's is refused", arguments: [0, 27, 29, 0xffff_ffff] as [UInt32])
    func lengths(_ length: UInt32) {
        var header = Self.header
        header.length = length
        #expect(throws: CodecError.badLength(offset: 24, value: Int(length))) {
            try IKEHeader(datagram: written(header.write).span.bytes)
        }
    }

    @Test("versions are told apart, unknown flags and exchanges kept")
    func versions() throws {
        var bytes = Self.golden
        bytes[17] = 0x31
        bytes[18] = 250
        bytes[19] = 0xff
        let header = try IKEHeader(datagram: bytes.span.bytes)
        #expect(header.majorVersion == 3 && header.minorVersion == 1)
        #expect(header.exchange.description == "EXCHANGE_250")
        #expect(written(header.write) == bytes)
    }
}

@Suite("Payload chain")
struct PayloadChainTests {
    static func parse(_ first: UInt8, _ text: String) throws(CodecError) -> [PayloadView] {
        let bytes = hex(text)
        return try PayloadChain.parse(
            first: PayloadType(rawValue: first), range: ByteRange(offset: 0, count: bytes.count), in: bytes.span.bytes)
    }

    @Test("types, critical bits and bodies in order")
    func chain() throws {
        let views = try Self.parse(33, "28 00 0005 aa 29 80 0004 00 7f 0006 bbbb")
        #expect(views.map(\.type) == [.securityAssociation, .nonce, .notify])
        #expect(views.map(\.isCritical) == [false, true, false])
        #expect(views.map(\.body) == [
            ByteRange(offset: 4, count: 1), ByteRange(offset: 9, count: 0), ByteRange(offset: 13, count: 2),
        ])
    }

    @Test("no payload at all")
    func empty() throws {
        #expect(try Self.parse(0, "").isEmpty)
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var name: String
        var first: UInt8
        var text: String
        var error: CodecError
        var testDescription: String { name }
    }

    static let bad = [
        Bad(name: "promised, not there", first: 40, text: "", error: .truncated(offset: 0, needed: 1, available: 0)),
        Bad(name: "cut in the header", first: 40, text: "00 00 00", error: .truncated(offset: 2, needed: 2, available: 1)),
        Bad(name: "length 0", first: 40, text: "00 00 0000", error: .badLength(offset: 2, value: 0)),
        Bad(name: "length 3", first: 40, text: "00 00 0003", error: .badLength(offset: 2, value: 3)),
        Bad(name: "longer than the message", first: 40, text: "00 00 0006 00", error: .truncated(offset: 4, needed: 2, available: 1)),
        Bad(name: "octets behind the last", first: 40, text: "00 00 0004 00", error: .trailingBytes(offset: 4, count: 1)),
        Bad(name: "octets without payload", first: 0, text: "00", error: .trailingBytes(offset: 0, count: 1)),
        Bad(name: "payloads behind SK", first: 46, text: "29 00 0004 00 00 0004", error: .trailingBytes(offset: 4, count: 4)),
        Bad(name: "the next one is missing", first: 40, text: "29 00 0004", error: .truncated(offset: 4, needed: 1, available: 0)),
        Bad(name: "65 payloads", first: 41, text: "29000004*64 00000004", error: .tooMany(what: "payloads", limit: 64)),
    ]

    @Test("a broken chain is refused with its place", arguments: bad)
    func broken(_ c: Bad) {
        #expect(throws: c.error) { try Self.parse(c.first, c.text) }
    }

    @Test("64 payloads are admitted")
    func limit() throws {
        #expect(try Self.parse(41, "29000004*63 00000004").count == 64)
    }

    @Test("an encrypted payload ends the chain, whatever stands inside", arguments: [46, 53] as [UInt8])
    func encrypted(_ type: UInt8) throws {
        let views = try Self.parse(type, "23 00 0008 00010001")
        #expect(views.count == 1)
        #expect(views.first?.next == .idInitiator)
    }

    @Test("a range beyond the message is refused, not read")
    func foreignRange() {
        let bytes = hex("00 00 0028 0000")
        #expect(throws: CodecError.truncated(offset: 48, needed: 1, available: 0)) {
            try PayloadChain.parse(first: .nonce, range: ByteRange(offset: 48, count: 8), in: bytes.span.bytes)
        }
        let view = PayloadView(
            type: .nonce, isCritical: false, body: ByteRange(offset: 4, count: 40), next: .none)
        #expect(throws: MessageFault.syntax(.nonce, .truncated(offset: 4, needed: 40, available: 2))) {
            try MessageContents([view], in: bytes.span.bytes)
        }
    }

    @Test("a written chain is read back")
    func roundTrip() throws {
        var writer = PayloadWriter()
        writer.add(.nonce) { $0.append([UInt8](repeating: 5, count: 16)) }
        writer.add(PayloadType(rawValue: 200), critical: true) { $0.u8(1) }
        writer.add(.notify) { NotifyPayload(.initialContact).write(to: &$0) }
        let views = try PayloadChain.parse(
            first: writer.first, range: ByteRange(offset: 0, count: writer.count), in: writer.bytes.span.bytes)
        #expect(views.map(\.type) == writer.types)
        #expect(views.map(\.isCritical) == [false, true, false])
        let contents = try MessageContents(views, in: writer.bytes.span.bytes)
        #expect(contents.nonce?.count == 16 && contents.has(.initialContact))
        #expect(contents.summary == "No UNKNOWN_200 N(INIT_CONTACT)")
    }
}
