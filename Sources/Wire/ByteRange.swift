/// Where something stands in a message: an offset and a count, never the bytes themselves.
package struct ByteRange: Hashable, Sendable {
    package var offset: Int
    package var count: Int

    package init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }

    package static var empty: ByteRange { ByteRange(offset: 0, count: 0) }

    /// The first offset behind the range.
    package var end: Int { offset + count }
    package var isEmpty: Bool { count == 0 }

    package var indices: Range<Int> { offset..<end }
}

extension Array where Element == UInt8 {
    /// A copy of the bytes at `range`; a range outside the array gives no bytes.
    package func bytes(at range: ByteRange) -> [UInt8] {
        guard range.offset >= 0, range.count >= 0, range.end <= count else { return [] }
        return Array(self[range.indices])
    }
}
