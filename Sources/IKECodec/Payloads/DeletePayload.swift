package import IPsecModel
package import Wire

/// Delete payload (RFC 7296 §3.11): | protocol ID (u8) | SPI size (u8) | number of SPIs (u16) | SPIs … |
package struct DeletePayload: Equatable, Sendable {
    package var protocolID: SecurityProtocol
    /// Empty for the IKE_SA.
    package var spis: [SPI]

    package init(protocolID: SecurityProtocol, spis: [SPI] = []) {
        self.protocolID = protocolID
        self.spis = spis
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        let start = cursor.offset
        let rawProtocol = try cursor.u8(in: message)
        guard let protocolID = SecurityProtocol(rawValue: rawProtocol) else {
            throw .badValue(field: "protocol ID", offset: start, value: UInt64(rawProtocol))
        }
        self.protocolID = protocolID
        let size = Int(try cursor.u8(in: message))
        let count = Int(try cursor.u16(in: message))
        spis = []
        if protocolID == .ike {
            // No SPIs belong here; whatever stands behind is not ours to read.
            _ = cursor.rest()
            return
        }
        guard size == 4 || count == 0 else { throw .badLength(offset: start + 1, value: size) }
        guard cursor.remaining == count * 4 else { throw .badLength(offset: start + 2, value: count) }
        spis.reserveCapacity(count)
        for _ in 0..<count { spis.append(SPI(rawValue: try cursor.u32(in: message))) }
    }

    package func write(to writer: inout ByteWriter) {
        writer.u8(protocolID.rawValue)
        writer.u8(protocolID == .ike ? 0 : 4)
        writer.u16(UInt16(truncatingIfNeeded: spis.count))
        for spi in spis { writer.u32(spi.rawValue) }
    }
}
