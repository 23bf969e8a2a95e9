/// What shares the NAT-T port with IKE: ESP packets, keepalives, and IKE behind four zero octets (RFC 3948 §2).
package enum NonESPMarker {
    package static let size = 4

    /// What a datagram on a NAT-T port is.
    package enum Content: Equatable, Sendable {
        /// IKE behind the marker.
        case ike
        /// One octet 0xff: keeps a NAT mapping alive and means nothing else.
        case keepalive
        /// The octets of an SPI: a packet that the kernel did not take, because no SA of its is known.
        case esp
        /// Neither.
        case malformed
    }

    package static func classify(_ bytes: UnsafeRawBufferPointer) -> Content {
        if bytes.count == 1, bytes[0] == 0xff { return .keepalive }
        guard bytes.count > size else { return .malformed }
        return bytes.loadUnaligned(as: UInt32.self) == 0 ? .ike : .esp
    }

    /// Whether a datagram carries the marker: all that touches a NAT-T port does, except keepalives.
    package static func isNeeded(
        _ bytes: [UInt8], isFromIKEPort: Bool, remotePort: UInt16, natPort: UInt16
    ) -> Bool {
        guard bytes != [0xff] else { return false }
        return !isFromIKEPort || remotePort == natPort
    }
}
