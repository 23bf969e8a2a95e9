package import IPsecModel
package import Wire

/// Key Exchange payload (RFC 7296 §3.4).
///
///     | key exchange method (u16) | RESERVED (u16) | key exchange data … |
package struct KEPayload: Equatable, Sendable {
    package var method: KeyExchangeMethod
    package var publicValue: [UInt8]

    package init(method: KeyExchangeMethod, publicValue: [UInt8]) {
        self.method = method
        self.publicValue = publicValue
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        method = KeyExchangeMethod(rawValue: try cursor.u16(in: message))
        try cursor.skip(2)
        publicValue = try cursor.restBytes(in: message)
    }

    package func write(to writer: inout ByteWriter) {
        writer.u16(method.rawValue)
        writer.u16(0)
        writer.append(publicValue)
    }
}
