import CryptoInterface
import IPsecModel
import Wire
import XFRM

/// The bytes of a request, sealed with sequence number 1.
func bytes(_ request: NetlinkRequest) -> [UInt8] {
    request.seal(sequence: 1)
    return request.buffer.withUnsafeBytes { Array($0) }
}

func view(_ bytes: [UInt8]) -> NetlinkView {
    let buffer = NetlinkBuffer(capacity: bytes.count)
    bytes.withUnsafeBytes { buffer.append($0) }
    return NetlinkView(buffer)
}

/// The one message of a datagram.
func message(_ bytes: [UInt8]) throws -> NetlinkMessage? {
    var reader = NetlinkMessageReader(view(bytes))
    return try reader.next()
}

/// What is behind the header of 16 octets.
func payload(_ request: NetlinkRequest) -> NetlinkView { view(Array(bytes(request).dropFirst(16))) }

/// Octets written as hexadecimal text with spaces; `n*` repeats: `00*16`.
func hex(_ text: String) -> [UInt8] {
    text.split(whereSeparator: { $0.isWhitespace }).flatMap { word -> [UInt8] in
        let parts = word.split(separator: "*")
        let octets = Wire.bytes(hexadecimal: parts[0]) ?? []
        let times = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
        return Array(repeatElement(octets, count: times).joined())
    }
}

let alice = IPAddress("192.0.2.1")!
let bob = IPAddress("192.0.2.2")!
let aliceNet = TrafficSelector(network: IPAddress("10.1.0.0")!, prefix: 16)
let bobNet = TrafficSelector(network: IPAddress("10.2.0.0")!, prefix: 16)
