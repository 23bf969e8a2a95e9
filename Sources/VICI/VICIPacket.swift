/// One VICI packet: its type, the name that some types carry, and the message that some types carry.
///
///     type (u8) [ | name length (u8) | name ] [ | message … ]
package enum VICIPacket: Equatable, Sendable {
    /// Client: run a command.
    case commandRequest(name: String, message: VICIMessage)
    /// Server: the answer to the active command.
    case commandResponse(VICIMessage)
    /// Server: there is no such command.
    case commandUnknown
    /// Client: send me these events.
    case eventRegister(name: String)
    /// Client: stop sending them.
    case eventUnregister(name: String)
    /// Server: registration or its end is done.
    case eventConfirm
    /// Server: there is no such event, or it was not registered.
    case eventUnknown
    /// Server: an event that was registered.
    case event(name: String, message: VICIMessage)

    /// Packet types as they stand on the wire.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case commandRequest = 0
        case commandResponse = 1
        case commandUnknown = 2
        case eventRegister = 3
        case eventUnregister = 4
        case eventConfirm = 5
        case eventUnknown = 6
        case event = 7
    }

    package var kind: Kind {
        switch self {
        case .commandRequest: .commandRequest
        case .commandResponse: .commandResponse
        case .commandUnknown: .commandUnknown
        case .eventRegister: .eventRegister
        case .eventUnregister: .eventUnregister
        case .eventConfirm: .eventConfirm
        case .eventUnknown: .eventUnknown
        case .event: .event
        }
    }
}

extension VICIPacket {
    /// Reads one packet, without its length prefix.
    package init(decoding bytes: [UInt8]) throws(VICIError) {
        guard !bytes.isEmpty else { throw .emptyPacket }
        var reader = VICIReader(bytes[...])
        let code = try reader.u8()
        guard let kind = Kind(rawValue: code) else { throw .unknownPacketType(code) }
        switch kind {
        case .commandRequest:
            let name = try reader.name()
            self = .commandRequest(name: name, message: try VICIMessage(from: &reader))
        case .commandResponse: self = .commandResponse(try VICIMessage(from: &reader))
        case .commandUnknown: self = .commandUnknown
        case .eventRegister: self = .eventRegister(name: try reader.name())
        case .eventUnregister: self = .eventUnregister(name: try reader.name())
        case .eventConfirm: self = .eventConfirm
        case .eventUnknown: self = .eventUnknown
        case .event:
            let name = try reader.name()
            self = .event(name: name, message: try VICIMessage(from: &reader))
        }
        guard reader.isAtEnd else { throw .trailingBytes(offset: reader.offset, count: reader.remaining) }
    }

    /// The packet as it goes to the socket: 32-bit length, then the packet.
    ///
    /// - Throws: ``VICIError/packetTooLong(length:limit:)`` and what ``VICIMessage/encoded()`` throws.
    package func framed() throws(VICIError) -> [UInt8] {
        var writer = VICIWriter(bytes: [0, 0, 0, 0, kind.rawValue])
        switch self {
        case .commandRequest(let name, let message), .event(let name, let message):
            try writer.write(name: name)
            try writer.write(message.elements)
        case .commandResponse(let message):
            try writer.write(message.elements)
        case .eventRegister(let name), .eventUnregister(let name):
            try writer.write(name: name)
        case .commandUnknown, .eventConfirm, .eventUnknown:
            break
        }
        let length = writer.bytes.count - 4
        guard length <= VICILimits.packetBytes else {
            throw .packetTooLong(length: length, limit: VICILimits.packetBytes)
        }
        for index in 0..<4 {
            writer.bytes[index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index))
        }
        return writer.bytes
    }
}
