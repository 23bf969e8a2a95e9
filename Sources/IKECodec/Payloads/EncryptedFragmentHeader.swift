package import Wire

/// The fields in front of an encrypted fragment (RFC 7383 §2.5): | fragment number (u16) | total fragments (u16) |
package struct EncryptedFragmentHeader: Equatable, Sendable {
    package static let size = 4

    package var number: UInt16
    package var total: UInt16

    package init(number: UInt16, total: UInt16) {
        self.number = number
        self.total = total
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        let start = cursor.offset
        number = try cursor.u16(in: message)
        total = try cursor.u16(in: message)
        guard number > 0, total > 0, number <= total else {
            throw .badValue(field: "fragment number", offset: start, value: UInt64(number))
        }
    }

    package func write(to writer: inout ByteWriter) {
        writer.u16(number)
        writer.u16(total)
    }
}
