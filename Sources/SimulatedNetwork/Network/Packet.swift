package import IKECodec
package import IPsecModel

/// A datagram on its way.
package struct Packet: Sendable {
    /// Counts every transmission, from 0.
    package let number: Int
    /// As the receiver sees them: a translator has been at work already.
    package var source: Endpoint
    package var destination: Endpoint
    package var bytes: [UInt8]
    /// Who sent it.
    package let sender: String
    package var arrival: Instant

    package var header: IKEHeader? { try? IKEHeader(datagram: bytes.span.bytes) }
    package var isRequest: Bool { header.map { !$0.isResponse } ?? false }
    package var isKeepAlive: Bool { bytes == [0xff] }
}

extension Packet: CustomStringConvertible {
    /// `moon: CREATE_CHILD_SA request 2`
    package var description: String {
        guard let header else { return "\(sender): \(isKeepAlive ? "keep alive" : "\(bytes.count) octets")" }
        let fragment = header.nextPayload == .encryptedFragment ? " (fragment)" : ""
        return "\(sender): \(header.exchange) \(header.isResponse ? "response" : "request") \(header.messageID)\(fragment)"
    }
}
