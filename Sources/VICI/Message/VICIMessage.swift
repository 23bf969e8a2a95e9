/// A VICI message: an ordered tree of sections, values and lists.
///
/// The same type stands for a whole message and for the content of one section. On the wire:
///
///     section   1 | name length (u8) | name | elements … | 2
///     value     3 | name length (u8) | name | value length (u16) | value
///     list      4 | name length (u8) | name | { 5 | item length (u16) | item } … | 6
///
/// All integers are big-endian.
package struct VICIMessage: Equatable, Sendable {
    /// The top level, in order.
    package var elements: [VICIElement]

    package init(_ elements: [VICIElement] = []) {
        self.elements = elements
    }

    /// True for the empty message, the request of most commands.
    package var isEmpty: Bool { elements.isEmpty }

    /// Reads a message that fills `bytes`.
    ///
    /// - Throws: ``VICIError`` with the offset of the fault; nothing in `bytes` can trap.
    package init(decoding bytes: ArraySlice<UInt8>) throws(VICIError) {
        var reader = VICIReader(bytes)
        self = try VICIMessage(from: &reader)
    }

    /// Reads a message that fills `bytes`.
    package init(decoding bytes: [UInt8]) throws(VICIError) {
        try self.init(decoding: bytes[...])
    }

    /// The message as bytes.
    ///
    /// - Throws: ``VICIError/nameTooLong(name:length:)``, ``VICIError/valueTooLong(name:length:)`` or
    ///   ``VICIError/tooDeep(limit:)``.
    package func encoded() throws(VICIError) -> [UInt8] {
        var writer = VICIWriter()
        try writer.write(elements)
        return writer.bytes
    }
}
