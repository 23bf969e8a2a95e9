package import IPsecModel
package import Wire

/// Traffic Selector payload (RFC 7296 §3.13).
///
///     | number of TSs (u8) | RESERVED (24 bits) | traffic selectors … |
package struct TSPayload: Equatable, Sendable {
    package var selectors: [TrafficSelector]

    package init(_ selectors: [TrafficSelector]) { self.selectors = selectors }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        let count = Int(try cursor.u8(in: message))
        try cursor.skip(3)
        selectors = []
        selectors.reserveCapacity(count)
        for _ in 0..<count {
            if let selector = try Self.selector(from: &cursor, in: message) { selectors.append(selector) }
        }
        try cursor.finish()
    }

    ///     | TS type (u8) | IP protocol (u8) | length (u16) | start port (u16) | end port (u16) | start | end |
    ///
    /// `nil`: a type that we do not know (a security label, say), stepped over by its length.
    private static func selector(
        from cursor: inout Cursor, in message: borrowing RawSpan
    ) throws(CodecError) -> TrafficSelector? {
        let start = cursor.offset
        let type = try cursor.u8(in: message)
        let ipProtocol = try cursor.u8(in: message)
        let length = Int(try cursor.u16(in: message))
        guard length >= 4 else { throw .badLength(offset: start + 2, value: length) }
        var body = try cursor.sub(length - 4)
        let width: Int
        switch type {
        case ipv4Range: width = 4
        case ipv6Range: width = 16
        default: return nil
        }
        guard length == 8 + 2 * width else { throw .badLength(offset: start + 2, value: length) }
        let startPort = try body.u16(in: message)
        let endPort = try body.u16(in: message)
        // The one reversed range with a meaning is OPAQUE (RFC 7296 §3.13.1).
        guard startPort <= endPort || startPort == 65535 && endPort == 0 else {
            throw .badValue(field: "port range", offset: start + 4, value: UInt64(startPort))
        }
        guard let first = IPAddress(bytes: try body.bytes(width, in: message)),
            let last = IPAddress(bytes: try body.bytes(width, in: message)), first <= last
        else { throw .badValue(field: "address range", offset: start + 8, value: UInt64(type)) }
        return TrafficSelector(
            start: first, end: last, ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
    }

    package func write(to writer: inout ByteWriter) {
        writer.u8(UInt8(truncatingIfNeeded: selectors.count))
        writer.zeros(3)
        for selector in selectors {
            writer.u8(selector.family == .v4 ? Self.ipv4Range : Self.ipv6Range)
            writer.u8(selector.ipProtocol)
            writer.u16(UInt16(8 + 2 * selector.family.width))
            writer.u16(selector.startPort)
            writer.u16(selector.endPort)
            writer.append(selector.start.bytes)
            writer.append(selector.end.bytes)
        }
    }

    private static let ipv4Range: UInt8 = 7
    private static let ipv6Range: UInt8 = 8
}
