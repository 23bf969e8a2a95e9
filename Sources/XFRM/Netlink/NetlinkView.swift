package import CryptoInterface
package import IPsecModel
package import Wire

/// A stretch of a received netlink message; offsets count from its first byte, and no read leaves it.
package struct NetlinkView {
    private let buffer: NetlinkBuffer
    private let range: ByteRange

    package init(_ buffer: NetlinkBuffer) {
        self.init(buffer, ByteRange(offset: 0, count: buffer.count))
    }

    private init(_ buffer: NetlinkBuffer, _ range: ByteRange) {
        self.buffer = buffer
        self.range = range
    }

    package var count: Int { range.count }

    package func sub(_ offset: Int, _ count: Int) throws(CodecError) -> NetlinkView {
        NetlinkView(buffer, try check(offset, count))
    }

    /// Everything from `offset` on; nothing if the view ends before.
    package func rest(from offset: Int) -> NetlinkView {
        let start = min(max(offset, 0), range.count)
        return NetlinkView(buffer, ByteRange(offset: range.offset + start, count: range.count - start))
    }

    package func u8(at offset: Int) throws(CodecError) -> UInt8 { try load(offset) }
    package func u16(at offset: Int) throws(CodecError) -> UInt16 { try load(offset) }
    package func u32(at offset: Int) throws(CodecError) -> UInt32 { try load(offset) }
    package func i32(at offset: Int) throws(CodecError) -> Int32 { try load(offset) }
    package func u64(at offset: Int) throws(CodecError) -> UInt64 { try load(offset) }
    package func networkU16(at offset: Int) throws(CodecError) -> UInt16 { UInt16(bigEndian: try load(offset)) }
    package func networkU32(at offset: Int) throws(CodecError) -> UInt32 { UInt32(bigEndian: try load(offset)) }

    /// An `xfrm_address_t`, or the plain octets of an address in an rtnetlink attribute.
    package func address(at offset: Int = 0, family: IPAddress.Family) throws(CodecError) -> IPAddress {
        _ = try check(offset, family.width)
        var value: UInt128 = 0
        for index in 0..<family.width { value = value << 8 | UInt128(try u8(at: offset + index)) }
        return IPAddress(family: family, value: value)
    }

    /// Text up to its zero, or to the end.
    package func text(at offset: Int = 0, width: Int) throws(CodecError) -> String {
        let octets = try sub(offset, width).withUnsafeBytes { Array($0.prefix { $0 != 0 }) }
        return String(decoding: octets, as: UTF8.self)
    }

    package func secret() -> SecretBytes { withUnsafeBytes { SecretBytes(copying: $0) } }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try buffer.withUnsafeBytes { whole in
            // A buffer that was wiped since has fewer bytes than the view once saw.
            let end = min(range.end, whole.count)
            return try body(UnsafeRawBufferPointer(rebasing: whole[min(range.offset, end)..<end]))
        }
    }

    /// The attributes that stand behind a fixed part of `offset` octets.
    ///
    /// Fewer octets than an attribute header at the end are padding; a length that cannot be true is an error.
    package func attributes(from offset: Int) throws(CodecError) -> [NetlinkAttribute] {
        var attributes: [NetlinkAttribute] = []
        var position = aligned(offset)
        while count - position >= 4 {
            let length = Int(try u16(at: position))
            guard length >= 4, length <= count - position else {
                throw .badLength(offset: range.offset + position, value: length)
            }
            // The two high bits say how the value is made up (nested, network byte order).
            let type = try u16(at: position + 2) & 0x3fff
            attributes.append(NetlinkAttribute(type: type, value: try sub(position + 4, length - 4)))
            position += aligned(length)
        }
        return attributes
    }

    private func load<Number: FixedWidthInteger>(_ offset: Int) throws(CodecError) -> Number {
        let place = try check(offset, MemoryLayout<Number>.size)
        return try buffer.load(at: place.offset)
    }

    private func check(_ offset: Int, _ count: Int) throws(CodecError) -> ByteRange {
        guard offset >= 0, count >= 0, offset <= range.count, count <= range.count - offset else {
            throw .truncated(offset: range.offset + offset, needed: count, available: max(0, range.count - offset))
        }
        return ByteRange(offset: range.offset + offset, count: count)
    }
}

package struct NetlinkAttribute {
    package let type: UInt16
    package let value: NetlinkView
}

extension [NetlinkAttribute] {
    package func first(_ type: UInt16) -> NetlinkView? { first { $0.type == type }?.value }
}

/// Netlink pads everything to four octets.
package func aligned(_ count: Int) -> Int { (count + 3) & ~3 }
