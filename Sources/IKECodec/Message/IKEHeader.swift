package import IPsecModel
package import Wire

/// The first 28 octets of every IKE message (RFC 7296 §3.1).
///
///     | IKE SA initiator's SPI (u64) | IKE SA responder's SPI (u64) |
///     | next payload (u8) | version (u8) | exchange type (u8) | flags (u8) | message ID (u32) | length (u32) |
package struct IKEHeader: Equatable, Sendable {
    package static let size = 28

    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let initiator = Flags(rawValue: 0x08)
        /// The sender can speak a higher major version.
        package static let version = Flags(rawValue: 0x10)
        package static let response = Flags(rawValue: 0x20)
    }

    package var initiatorSPI: IKESPI
    package var responderSPI: IKESPI
    package var nextPayload: PayloadType
    package var majorVersion: UInt8 = 2
    package var minorVersion: UInt8 = 0
    package var exchange: ExchangeType
    package var flags: Flags
    package var messageID: MessageID
    /// Octets of the whole message, header included.
    package var length: UInt32

    package init(
        initiatorSPI: IKESPI, responderSPI: IKESPI, nextPayload: PayloadType = .none, exchange: ExchangeType,
        flags: Flags, messageID: MessageID, length: UInt32 = 0
    ) {
        self.initiatorSPI = initiatorSPI
        self.responderSPI = responderSPI
        self.nextPayload = nextPayload
        self.exchange = exchange
        self.flags = flags
        self.messageID = messageID
        self.length = length
    }

    /// Reads the header and checks that its length is the datagram's.
    package init(datagram message: borrowing RawSpan) throws(CodecError) {
        var cursor = Cursor(end: message.byteCount)
        initiatorSPI = IKESPI(rawValue: try cursor.u64(in: message))
        responderSPI = IKESPI(rawValue: try cursor.u64(in: message))
        nextPayload = PayloadType(rawValue: try cursor.u8(in: message))
        let version = try cursor.u8(in: message)
        majorVersion = version >> 4
        minorVersion = version & 15
        exchange = ExchangeType(rawValue: try cursor.u8(in: message))
        flags = Flags(rawValue: try cursor.u8(in: message))
        messageID = try cursor.u32(in: message)
        length = try cursor.u32(in: message)
        guard Int(length) == message.byteCount else { throw .badLength(offset: 24, value: Int(length)) }
    }

    package var isResponse: Bool { flags.contains(.response) }
    package var isFromInitiator: Bool { flags.contains(.initiator) }

    package func write(to writer: inout ByteWriter) {
        writer.u64(initiatorSPI.rawValue)
        writer.u64(responderSPI.rawValue)
        writer.u8(nextPayload.rawValue)
        writer.u8(majorVersion << 4 | minorVersion & 15)
        writer.u8(exchange.rawValue)
        writer.u8(flags.rawValue)
        writer.u32(messageID)
        writer.u32(length)
    }
}
