package import IPsecModel
package import Wire

/// Notify payload (RFC 7296 §3.10).
///
///     | protocol ID (u8) | SPI size (u8) | notify message type (u16) | SPI … | notification data … |
package struct NotifyPayload: Equatable, Sendable {
    package var type: NotifyType
    /// `nil` where the notification concerns no CHILD_SA.
    package var protocolID: SecurityProtocol?
    package var spi: [UInt8]
    package var data: [UInt8]

    package init(_ type: NotifyType, protocolID: SecurityProtocol? = nil, spi: [UInt8] = [], data: [UInt8] = []) {
        self.type = type
        self.protocolID = protocolID
        self.spi = spi
        self.data = data
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        protocolID = SecurityProtocol(rawValue: try cursor.u8(in: message))
        let spiSize = Int(try cursor.u8(in: message))
        type = NotifyType(rawValue: try cursor.u16(in: message))
        spi = try cursor.bytes(spiSize, in: message)
        data = try cursor.restBytes(in: message)
    }

    package func write(to writer: inout ByteWriter) {
        writer.u8(protocolID?.rawValue ?? 0)
        writer.u8(UInt8(truncatingIfNeeded: spi.count))
        writer.u16(type.rawValue)
        writer.append(spi)
        writer.append(data)
    }
}
