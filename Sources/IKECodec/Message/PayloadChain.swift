package import Wire

/// One payload of a message: its type and where its body stands.
package struct PayloadView: Equatable, Sendable {
    package var type: PayloadType
    package var isCritical: Bool
    /// Without the generic payload header.
    package var body: ByteRange
    /// The "next payload" field: for SK and SKF the type of the first payload inside.
    package var next: PayloadType

    package init(type: PayloadType, isCritical: Bool, body: ByteRange, next: PayloadType) {
        self.type = type
        self.isCritical = isCritical
        self.body = body
        self.next = next
    }
}

/// The payloads of a message in order (RFC 7296 §3.2).
///
///     | next payload (u8) | C | RESERVED (7 bits) | payload length (u16) | body … |
package enum PayloadChain {
    /// More payloads than any honest message has.
    package static let limit = 64

    /// Walks the chain that starts with `first` in `range`.
    ///
    /// An encrypted payload ends the chain, whatever its "next payload" field names.
    /// - Throws: ``CodecError`` where a length is impossible or octets are left over.
    package static func parse(
        first: PayloadType, range: ByteRange, in message: borrowing RawSpan
    ) throws(CodecError) -> [PayloadView] {
        var payloads: [PayloadView] = []
        payloads.reserveCapacity(8)
        var cursor = Cursor(range)
        var type = first
        while type != .none {
            guard payloads.count < limit else { throw .tooMany(what: "payloads", limit: limit) }
            let start = cursor.offset
            let next = PayloadType(rawValue: try cursor.u8(in: message))
            let isCritical = try cursor.u8(in: message) & 0x80 != 0
            let length = Int(try cursor.u16(in: message))
            guard length >= 4 else { throw .badLength(offset: start + 2, value: length) }
            let body = try cursor.take(length - 4)
            payloads.append(PayloadView(type: type, isCritical: isCritical, body: body, next: next))
            if type == .encrypted || type == .encryptedFragment { break }
            type = next
        }
        try cursor.finish()
        return payloads
    }
}
