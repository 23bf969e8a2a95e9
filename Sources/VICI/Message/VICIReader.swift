/// Stands on a byte of a packet and checks every length before it moves.
struct VICIReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Offset from the start of the packet.
    var offset: Int { position - bytes.startIndex }
    var remaining: Int { bytes.endIndex - position }
    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func u8() throws(VICIError) -> UInt8 {
        let slice = try take(1)
        return slice[slice.startIndex]
    }

    mutating func u16() throws(VICIError) -> Int {
        let slice = try take(2)
        return Int(slice[slice.startIndex]) << 8 | Int(slice[slice.startIndex + 1])
    }

    /// A name: 8-bit length, then that many bytes of text.
    mutating func name() throws(VICIError) -> String {
        let length = Int(try u8())
        let start = offset
        guard let text = String(validating: try take(length), as: UTF8.self) else { throw .nameNotText(offset: start) }
        return text
    }

    /// A value: 16-bit length, then that many bytes of anything.
    mutating func value() throws(VICIError) -> [UInt8] {
        let length = try u16()
        return Array(try take(length))
    }

    private mutating func take(_ count: Int) throws(VICIError) -> ArraySlice<UInt8> {
        guard count <= remaining else { throw .truncated(offset: offset, needed: count, available: remaining) }
        defer { position += count }
        return bytes[position..<position + count]
    }
}
