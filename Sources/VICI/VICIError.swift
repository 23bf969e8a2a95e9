/// What is wrong with VICI bytes, or with a message that cannot be written as VICI.
///
/// Offsets count from the first byte of the packet, without its 32-bit length. A server that gets one of these while
/// it reads closes that client's connection and nothing else.
package enum VICIError: Error, Equatable, Sendable {
    /// The packet ends where more bytes must follow.
    case truncated(offset: Int, needed: Int, available: Int)
    /// A packet of no bytes at all.
    case emptyPacket
    /// A length prefix above ``VICILimits/packetBytes``.
    case packetTooLong(length: Int, limit: Int)
    /// The first byte of a packet names no packet type.
    case unknownPacketType(UInt8)
    /// A packet type that carries a name only, followed by more bytes.
    case trailingBytes(offset: Int, count: Int)
    /// An element type outside 1…6.
    case unknownElement(UInt8, offset: Int)
    /// An element that cannot stand where it stands: a list item outside a list, an end without its start.
    case misplacedElement(UInt8, offset: Int)
    /// The packet ends inside this many sections or lists.
    case unclosedElements(depth: Int)
    /// Sections nested deeper than ``VICILimits/depth``.
    case tooDeep(limit: Int)
    /// A name that is not UTF-8.
    case nameNotText(offset: Int)
    /// A name that does not fit its 8-bit length.
    case nameTooLong(name: String, length: Int)
    /// A value or list item that does not fit its 16-bit length.
    case valueTooLong(name: String, length: Int)
    /// A packet that only the other side may send.
    case unexpectedPacket(VICIPacket.Kind)
    /// A second command before the first one was answered.
    case commandActive
    /// An answer to a command that nobody asked.
    case noCommandActive
}
