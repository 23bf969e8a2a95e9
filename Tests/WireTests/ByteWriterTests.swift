import Testing
import Wire

@Suite("ByteWriter, ByteRange and hexadecimal text")
struct ByteWriterTests {
    @Test("fields are written big-endian")
    func fields() {
        var writer = ByteWriter(reserving: 32)
        writer.u8(1)
        writer.u16(0x0203)
        writer.u32(0x0405_0607)
        writer.u64(0x0809_0a0b_0c0d_0e0f)
        writer.append([0xff])
        writer.zeros(2)
        #expect(writer.bytes == Array(1...15) + [0xff, 0, 0])
        #expect(writer.count == 18)
    }

    @Test("lengths are filled in where they were left open")
    func patches() {
        var writer = ByteWriter()
        writer.zeros(8)
        writer.patch8(0xaa, at: 0)
        writer.patch16(0x1234, at: 1)
        writer.patch32(0x5678_9abc, at: 4)
        #expect(writer.bytes == [0xaa, 0x12, 0x34, 0, 0x56, 0x78, 0x9a, 0xbc])
    }

    @Test("what was written is read back")
    func roundTrip() throws {
        var writer = ByteWriter()
        writer.u64(.max)
        writer.u32(7)
        let bytes = writer.bytes
        var cursor = Cursor(end: bytes.count)
        #expect(try cursor.u64(in: bytes.span.bytes) == .max)
        #expect(try cursor.u32(in: bytes.span.bytes) == 7)
    }

    static let ranges: [(name: String, range: ByteRange, copied: [UInt8])] = [
        ("inside", ByteRange(offset: 1, count: 2), [2, 3]),
        ("everything", ByteRange(offset: 0, count: 4), [1, 2, 3, 4]),
        ("empty", .empty, []),
        ("empty at the end", ByteRange(offset: 4, count: 0), []),
        ("one too many", ByteRange(offset: 3, count: 2), []),
        ("behind the end", ByteRange(offset: 9, count: 1), []),
        ("before the start", ByteRange(offset: -1, count: 2), []),
        ("negative count", ByteRange(offset: 2, count: -1), []),
    ]

    @Test("a range outside the bytes copies nothing", arguments: ranges)
    func copies(name: String, range: ByteRange, copied: [UInt8]) {
        let bytes: [UInt8] = [1, 2, 3, 4]
        #expect(bytes.bytes(at: range) == copied)
        #expect(bytes.span.bytes.copy(range) == copied)
    }

    @Test("hexadecimal text of octets and numbers")
    func text() {
        #expect(hexadecimal([0x00, 0x0f, 0xa5, 0xff]) == "000fa5ff")
        #expect(hexadecimal([]) == "")
        #expect(hexadecimal(UInt32(0xc1), width: 8) == "000000c1")
        #expect(hexadecimal(UInt64.max, width: 4) == "ffffffffffffffff")
    }

    static let texts: [(text: String, bytes: [UInt8]?)] = [
        ("", []), ("00", [0]), ("Ff10", [0xff, 0x10]), ("a", nil), ("abc", nil), ("0x00", nil), ("0 0", nil),
        ("zz", nil), ("-1", nil), ("\u{ff11}\u{ff11}", nil), ("\u{0661}\u{0661}", nil), ("0\u{301}0", nil),
    ]

    @Test("octets of hexadecimal text; digits of other scripts are none", arguments: texts)
    func octets(text: String, bytes expected: [UInt8]?) {
        #expect(bytes(hexadecimal: text) == expected)
    }

    @Test("an error names offset and numbers", arguments: [
        (CodecError.truncated(offset: 4, needed: 2, available: 1), "2 bytes needed at offset 4, 1 left"),
        (CodecError.badLength(offset: 2, value: 3), "impossible length 3 at offset 2"),
        (CodecError.trailingBytes(offset: 8, count: 5), "5 bytes left over at offset 8"),
        (CodecError.badValue(field: "ID type", offset: 0, value: 9), "ID type is 9 at offset 0"),
        (CodecError.tooMany(what: "payloads", limit: 64), "more than 64 payloads"),
    ])
    func errors(error: CodecError, text: String) {
        #expect(error.description == text)
    }
}
