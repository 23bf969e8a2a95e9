/// Cuts a byte stream into packets by their 32-bit length prefixes.
///
/// Bytes are kept until their packet is complete, so pieces of any size may be pushed. Consumed bytes are overwritten
/// before their room is used again: packets carry passwords and keys.
package struct FrameReader: Sendable {
    private static let prefixBytes = 4
    /// Consumed bytes are kept at the front until they are worth a move.
    private static let compactionBytes = 64 * 1024

    private var buffer: [UInt8] = []
    private var start = 0

    package init() {}

    /// Bytes that were pushed and not popped.
    package var bufferedBytes: Int { buffer.count - start }

    /// Takes bytes as they came from the socket.
    package mutating func push(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next complete packet without its prefix, or nil when more bytes are needed.
    ///
    /// - Throws: ``VICIError/packetTooLong(length:limit:)`` as soon as the prefix says so, before the packet is
    ///   buffered. The stream cannot be resynchronised: close it.
    package mutating func pop() throws(VICIError) -> [UInt8]? {
        guard bufferedBytes >= FrameReader.prefixBytes else { return nil }
        let length = buffer[start..<start + FrameReader.prefixBytes].reduce(0) { $0 << 8 | Int($1) }
        guard length <= VICILimits.packetBytes else {
            throw .packetTooLong(length: length, limit: VICILimits.packetBytes)
        }
        let first = start + FrameReader.prefixBytes
        guard buffer.count - first >= length else { return nil }
        let packet = Array(buffer[first..<first + length])
        consume(FrameReader.prefixBytes + length)
        return packet
    }

    private mutating func consume(_ count: Int) {
        for index in start..<start + count {
            buffer[index] = 0
        }
        start += count
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: start <= FrameReader.compactionBytes)
            start = 0
        } else if start >= FrameReader.compactionBytes {
            buffer.removeSubrange(..<start)
            start = 0
        }
    }
}
