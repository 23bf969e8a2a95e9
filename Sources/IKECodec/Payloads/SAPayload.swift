package import IPsecModel
package import Wire

/// Security Association payload (RFC 7296 §3.3): proposals, each with its transforms.
package struct SAPayload: Equatable, Sendable {
    package var proposals: [Proposal]

    /// More than any honest peer offers.
    package static let proposalLimit = 64
    package static let transformLimit = 255

    package init(_ proposals: [Proposal]) { self.proposals = proposals }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        proposals = []
        var more = true
        while more {
            guard proposals.count < Self.proposalLimit else {
                throw .tooMany(what: "proposals", limit: Self.proposalLimit)
            }
            let start = cursor.offset
            let last = try cursor.u8(in: message)
            guard last == 0 || last == 2 else {
                throw .badValue(field: "last substructure", offset: start, value: UInt64(last))
            }
            try cursor.skip(1)
            let length = Int(try cursor.u16(in: message))
            guard length >= 8 else { throw .badLength(offset: start + 2, value: length) }
            var body = try cursor.sub(length - 4)
            // A proposal for a protocol that we do not know is stepped over: nothing in it could be chosen.
            if let proposal = try Self.proposal(from: &body, in: message) { proposals.append(proposal) }
            more = last == 2
        }
        try cursor.finish()
    }

    ///     | last (u8) | RESERVED | length (u16) | number (u8) | protocol ID (u8) | SPI size (u8) | transforms (u8) |
    private static func proposal(
        from body: inout Cursor, in message: borrowing RawSpan
    ) throws(CodecError) -> Proposal? {
        let number = try body.u8(in: message)
        let protocolID = SecurityProtocol(rawValue: try body.u8(in: message))
        let spiSize = Int(try body.u8(in: message))
        let count = Int(try body.u8(in: message))
        let spi = try body.bytes(spiSize, in: message)
        var transforms: [Transform] = []
        transforms.reserveCapacity(count)
        var isUsable = true
        for index in 0..<count {
            guard let transform = try transform(from: &body, in: message, isLast: index == count - 1) else {
                isUsable = false
                continue
            }
            transforms.append(transform)
        }
        try body.finish()
        guard let protocolID, isUsable else { return nil }
        return Proposal(number: number, protocolID: protocolID, spi: spi, transforms: transforms)
    }

    ///     | last (u8) | RESERVED | length (u16) | type (u8) | RESERVED | ID (u16) | attributes … |
    ///
    /// `nil`: a type that we do not know; then the whole proposal cannot be chosen (RFC 7296 §3.3.6).
    private static func transform(
        from body: inout Cursor, in message: borrowing RawSpan, isLast: Bool
    ) throws(CodecError) -> Transform? {
        let start = body.offset
        let last = try body.u8(in: message)
        guard last == (isLast ? 0 : 3) else {
            throw .badValue(field: "last substructure", offset: start, value: UInt64(last))
        }
        try body.skip(1)
        let length = Int(try body.u16(in: message))
        guard length >= 8 else { throw .badLength(offset: start + 2, value: length) }
        var fields = try body.sub(length - 4)
        let type = TransformType(rawValue: try fields.u8(in: message))
        try fields.skip(1)
        let id = try fields.u16(in: message)
        let attributes = try attributes(from: &fields, in: message)
        guard let type else { return nil }
        // Unknown attributes make a transform one that we cannot mean; its identifier 0xffff matches nothing.
        return Transform(type: type, id: attributes.hasUnknown ? 0xffff : id, keyLength: attributes.keyLength)
    }

    private static func attributes(
        from fields: inout Cursor, in message: borrowing RawSpan
    ) throws(CodecError) -> (keyLength: UInt16?, hasUnknown: Bool) {
        var keyLength: UInt16?
        var hasUnknown = false
        while !fields.isAtEnd {
            let type = try fields.u16(in: message)
            if type & 0x8000 != 0 {
                let value = try fields.u16(in: message)
                if type == 0x8000 | keyLengthAttribute { keyLength = value } else { hasUnknown = true }
            } else {
                let count = Int(try fields.u16(in: message))
                try fields.skip(count)
                hasUnknown = true
            }
        }
        return (keyLength, hasUnknown)
    }

    private static let keyLengthAttribute: UInt16 = 14

    package func write(to writer: inout ByteWriter) {
        for (index, proposal) in proposals.enumerated() {
            let start = writer.count
            writer.u8(index == proposals.count - 1 ? 0 : 2)
            writer.u8(0)
            writer.u16(0)
            writer.u8(proposal.number == 0 ? UInt8(truncatingIfNeeded: index + 1) : proposal.number)
            writer.u8(proposal.protocolID.rawValue)
            writer.u8(UInt8(truncatingIfNeeded: proposal.spi.count))
            writer.u8(UInt8(truncatingIfNeeded: proposal.transforms.count))
            writer.append(proposal.spi)
            for (index, transform) in proposal.transforms.enumerated() {
                Self.write(transform, isLast: index == proposal.transforms.count - 1, to: &writer)
            }
            writer.patch16(writer.count - start, at: start + 2)
        }
    }

    private static func write(_ transform: Transform, isLast: Bool, to writer: inout ByteWriter) {
        writer.u8(isLast ? 0 : 3)
        writer.u8(0)
        writer.u16(transform.keyLength == nil ? 8 : 12)
        writer.u8(transform.type.rawValue)
        writer.u8(0)
        writer.u16(transform.id)
        if let keyLength = transform.keyLength {
            writer.u16(0x8000 | keyLengthAttribute)
            writer.u16(keyLength)
        }
    }
}
