/// A bounded position in a message: reads big-endian fields and never past its end.
///
/// The cursor holds no bytes. Every read names the message it reads from, so that a message can be parsed while it
/// stays in the receive buffer.
package struct Cursor: Sendable {
    /// Offset of the next byte to be read.
    package private(set) var offset: Int
    /// First offset that must not be read.
    package let end: Int

    package init(offset: Int = 0, end: Int) {
        self.offset = offset
        self.end = max(offset, end)
    }

    package init(_ range: ByteRange) {
        self.init(offset: range.offset, end: range.end)
    }

    package var remaining: Int { end - offset }
    package var isAtEnd: Bool { offset >= end }

    /// Steps over `count` bytes and returns where they stood.
    package mutating func take(_ count: Int) throws(CodecError) -> ByteRange {
        guard count >= 0 else { throw .badLength(offset: offset, value: count) }
        guard count <= remaining else {
            throw .truncated(offset: offset, needed: count, available: remaining)
        }
        defer { offset += count }
        return ByteRange(offset: offset, count: count)
    }

    package mutating func skip(_ count: Int) throws(CodecError) {
        _ = try take(count)
    }

    /// Everything up to the end.
    package mutating func rest() -> ByteRange {
        defer { offset = end }
        return ByteRange(offset: offset, count: end - offset)
    }

    /// A cursor for the next `count` bytes, which this cursor steps over.
    package mutating func sub(_ count: Int) throws(CodecError) -> Cursor {
        Cursor(try take(count))
    }

    package mutating func u8(in message: borrowing RawSpan) throws(CodecError) -> UInt8 {
        let range = try take(1, within: message)
        return message.unsafeLoad(fromByteOffset: range.offset, as: UInt8.self)
    }

    package mutating func u16(in message: borrowing RawSpan) throws(CodecError) -> UInt16 {
        let range = try take(2, within: message)
        return UInt16(bigEndian: message.unsafeLoadUnaligned(fromByteOffset: range.offset, as: UInt16.self))
    }

    package mutating func u32(in message: borrowing RawSpan) throws(CodecError) -> UInt32 {
        let range = try take(4, within: message)
        return UInt32(bigEndian: message.unsafeLoadUnaligned(fromByteOffset: range.offset, as: UInt32.self))
    }

    package mutating func u64(in message: borrowing RawSpan) throws(CodecError) -> UInt64 {
        let range = try take(8, within: message)
        return UInt64(bigEndian: message.unsafeLoadUnaligned(fromByteOffset: range.offset, as: UInt64.self))
    }

    /// Copies the next `count` bytes.
    package mutating func bytes(_ count: Int, in message: borrowing RawSpan) throws(CodecError) -> [UInt8] {
        let range = try take(count, within: message)
        return message.copy(range)
    }

    /// Copies everything up to the end.
    package mutating func restBytes(in message: borrowing RawSpan) throws(CodecError) -> [UInt8] {
        try bytes(remaining, in: message)
    }

    /// Throws unless every byte was read.
    package func finish() throws(CodecError) {
        guard isAtEnd else { throw .trailingBytes(offset: offset, count: remaining) }
    }

    /// Bounds come from the cursor; the message's own size is checked as well, so that a cursor made for another
    /// message cannot read outside this one.
    private mutating func take(_ count: Int, within message: borrowing RawSpan) throws(CodecError) -> ByteRange {
        let range = try take(count)
        guard range.end <= message.byteCount else {
            throw .truncated(offset: range.offset, needed: count, available: max(0, message.byteCount - range.offset))
        }
        return range
    }
}

extension RawSpan {
    /// A copy of the bytes at `range`, which must lie inside the span (a range outside gives no bytes).
    package func copy(_ range: ByteRange) -> [UInt8] {
        guard range.offset >= 0, range.count > 0, range.end <= byteCount else { return [] }
        return withUnsafeBytes { Array($0[range.indices]) }
    }
}
