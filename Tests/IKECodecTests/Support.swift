import IKECodec
import IPsecModel
import Testing
import Wire

/// Octets written as hexadecimal text with spaces; `n*` repeats: `00*16`.
func hex(_ text: String) -> [UInt8] {
    text.split(whereSeparator: \.isWhitespace).flatMap { word -> [UInt8] in
        let parts = word.split(separator: "*")
        let octets = bytes(hexadecimal: parts[0]) ?? []
        let times = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
        return Array(repeatElement(octets, count: times).joined())
    }
}

/// Reads a payload's body with the reader of its type, as a message would have it read.
func contents(_ type: PayloadType, _ body: [UInt8]) throws(MessageFault) -> MessageContents {
    let view = PayloadView(
        type: type, isCritical: false, body: ByteRange(offset: 0, count: body.count), next: .none)
    return try MessageContents([view], in: body.span.bytes)
}

/// Every payload of an unprotected message, as the engine reads it: header, chain, rules, contents.
@discardableResult
func readMessage(_ bytes: [UInt8]) throws -> MessageContents {
    let message = bytes.span.bytes
    let header = try IKEHeader(datagram: message)
    let range = ByteRange(offset: IKEHeader.size, count: bytes.count - IKEHeader.size)
    let payloads = try PayloadChain.parse(first: header.nextPayload, range: range, in: message)
    try ExchangeRules.check(payloads, exchange: header.exchange, isResponse: header.isResponse)
    return try MessageContents(payloads, in: message)
}

/// Writes a body and hands back its octets.
func written(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
}

/// Every shorter copy of `bytes`, and every copy with one bit, one octet, or a pair of octets changed.
func mutations(of bytes: [UInt8]) -> [[UInt8]] {
    var results = (0..<bytes.count).map { Array(bytes[..<$0]) }
    for index in bytes.indices {
        for value: UInt8 in [0, 1, 4, 0x7f, 0x80, 0xfe, 0xff, bytes[index] &+ 1, bytes[index] &- 1] {
            var changed = bytes
            changed[index] = value
            results.append(changed)
            if index + 1 < bytes.count {
                changed[index + 1] = 0xff
                results.append(changed)
            }
        }
        for bit in 0..<8 {
            var changed = bytes
            changed[index] ^= 1 << bit
            results.append(changed)
        }
    }
    results.append(bytes + [0])
    results.append(bytes + bytes)
    return results
}
