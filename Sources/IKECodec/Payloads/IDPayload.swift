package import IPsecModel
package import Wire

/// Identification payload (RFC 7296 §3.5).
///
///     | ID type (u8) | RESERVED (24 bits) | identification data … |
package struct IDPayload: Equatable, Sendable {
    package var identity: Identification
    /// The whole body as received: what AUTH is computed over, reserved bits included.
    package var body: [UInt8]

    package init(_ identity: Identification) {
        self.identity = identity
        body = [identity.kind.rawValue, 0, 0, 0] + identity.data
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        let start = cursor.offset
        body = try cursor.restBytes(in: message)
        guard body.count >= 4 else { throw .truncated(offset: start, needed: 4, available: body.count) }
        guard let kind = Identification.Kind(rawValue: body[0]), kind != .any else {
            throw .badValue(field: "ID type", offset: start, value: UInt64(body[0]))
        }
        let data = Array(body[4...])
        let isWrongSize = kind == .ipv4Address && data.count != 4 || kind == .ipv6Address && data.count != 16
        guard !isWrongSize else { throw .badLength(offset: start, value: data.count) }
        identity = Identification(kind: kind, data: data)
    }

    package func write(to writer: inout ByteWriter) { writer.append(body) }
}
