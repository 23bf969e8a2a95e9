import Testing
import Wire

@Suite("Cursor")
struct CursorTests {
    static let message: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]

    @Test("fields are read big-endian and in order")
    func fields() throws {
        let span = Self.message.span.bytes
        var cursor = Cursor(end: span.byteCount)
        #expect(try cursor.u8(in: span) == 1)
        #expect(try cursor.u16(in: span) == 0x0203)
        #expect(try cursor.u32(in: span) == 0x0405_0607)
        #expect(cursor.remaining == 2)
        #expect(try cursor.restBytes(in: span) == [8, 9])
        #expect(cursor.isAtEnd)
        try cursor.finish()
    }

    @Test("eight octets")
    func long() throws {
        let span = Self.message.span.bytes
        var cursor = Cursor(offset: 1, end: 9)
        #expect(try cursor.u64(in: span) == 0x0203_0405_0607_0809)
    }

    @Test("a read that does not fit names what is missing and moves nothing", arguments: 0...7)
    func truncated(_ available: Int) {
        let span = Self.message.span.bytes
        var cursor = Cursor(end: available)
        #expect(throws: CodecError.truncated(offset: 0, needed: 8, available: available)) {
            try cursor.u64(in: span)
        }
        #expect(cursor.offset == 0)
    }

    @Test("a cursor made for a longer message cannot read outside a shorter one")
    func foreignMessage() {
        let short: [UInt8] = [1, 2]
        let span = short.span.bytes
        var cursor = Cursor(offset: 1, end: 100)
        #expect(throws: CodecError.truncated(offset: 1, needed: 4, available: 1)) { try cursor.u32(in: span) }
        var behind = Cursor(offset: 50, end: 100)
        #expect(throws: CodecError.truncated(offset: 50, needed: 1, available: 0)) { try behind.u8(in: span) }
    }

    @Test("negative counts are refused")
    func negative() {
        var cursor = Cursor(offset: 3, end: 9)
        #expect(throws: CodecError.badLength(offset: 3, value: -1)) { try cursor.take(-1) }
        #expect(throws: CodecError.badLength(offset: 3, value: -1)) { try cursor.sub(-1) }
        #expect(cursor.offset == 3)
    }

    @Test("an end before the start leaves nothing to read")
    func reversed() {
        let cursor = Cursor(offset: 5, end: 2)
        #expect(cursor.isAtEnd)
        #expect(cursor.remaining == 0)
        #expect(Cursor(ByteRange(offset: 5, count: -3)).remaining == 0)
    }

    @Test("a sub-cursor ends where it was told, and its parent goes on behind it")
    func nested() throws {
        let span = Self.message.span.bytes
        var outer = Cursor(end: 9)
        var inner = try outer.sub(3)
        #expect(outer.offset == 3)
        #expect(try inner.u16(in: span) == 0x0102)
        #expect(throws: CodecError.truncated(offset: 2, needed: 2, available: 1)) { try inner.u16(in: span) }
        #expect(throws: CodecError.trailingBytes(offset: 2, count: 1)) { try inner.finish() }
        #expect(try outer.u8(in: span) == 4)
    }

    @Test("the rest is a range, then empty")
    func rest() {
        var cursor = Cursor(offset: 4, end: 9)
        #expect(cursor.rest() == ByteRange(offset: 4, count: 5))
        #expect(cursor.rest() == ByteRange(offset: 9, count: 0))
    }
}
