package import Wire

/// Configuration payload (RFC 7296 §3.15): | CFG type (u8) | RESERVED (24 bits) | attributes … |
package struct ConfigurationPayload: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        case request = 1
        case reply = 2
        case set = 3
        case acknowledge = 4
    }

    /// | R | type (15 bits) | length (u16) | value … |
    package struct Attribute: Equatable, Sendable {
        package var type: UInt16
        package var value: [UInt8]
        package init(type: UInt16, value: [UInt8] = []) {
            self.type = type
            self.value = value
        }
    }

    package var kind: Kind
    package var attributes: [Attribute]

    package static let attributeLimit = 128

    package init(kind: Kind, attributes: [Attribute] = []) {
        self.kind = kind
        self.attributes = attributes
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        let start = cursor.offset
        let rawKind = try cursor.u8(in: message)
        guard let kind = Kind(rawValue: rawKind) else {
            throw .badValue(field: "CFG type", offset: start, value: UInt64(rawKind))
        }
        self.kind = kind
        try cursor.skip(3)
        attributes = []
        while !cursor.isAtEnd {
            guard attributes.count < Self.attributeLimit else {
                throw .tooMany(what: "configuration attributes", limit: Self.attributeLimit)
            }
            let type = try cursor.u16(in: message) & 0x7fff
            let count = Int(try cursor.u16(in: message))
            attributes.append(Attribute(type: type, value: try cursor.bytes(count, in: message)))
        }
    }

    package func write(to writer: inout ByteWriter) {
        writer.u8(kind.rawValue)
        writer.zeros(3)
        for attribute in attributes {
            writer.u16(attribute.type & 0x7fff)
            writer.u16(UInt16(truncatingIfNeeded: attribute.value.count))
            writer.append(attribute.value)
        }
    }
}
