package import Wire

/// How a certificate or a request for one is encoded (RFC 7296 §3.6).
package struct CertificateEncoding: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let x509Signature = Self(rawValue: 4)
    package static let crl = Self(rawValue: 7)
    package static let hashAndURL = Self(rawValue: 12)
    package static let hashAndURLBundle = Self(rawValue: 13)
    package static let ocsp = Self(rawValue: 14)
    package static let rawPublicKey = Self(rawValue: 15)
}

/// Certificate payload (RFC 7296 §3.6): | encoding (u8) | certificate data … |
package struct CertificatePayload: Equatable, Sendable {
    package var encoding: CertificateEncoding
    package var data: [UInt8]

    package init(encoding: CertificateEncoding, data: [UInt8]) {
        self.encoding = encoding
        self.data = data
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        encoding = CertificateEncoding(rawValue: try cursor.u8(in: message))
        data = try cursor.restBytes(in: message)
    }

    package func write(to writer: inout ByteWriter) {
        writer.u8(encoding.rawValue)
        writer.append(data)
    }
}

/// Certificate Request payload (RFC 7296 §3.7): | encoding (u8) | SHA-1 of each accepted CA's public key … |
package struct CertificateRequestPayload: Equatable, Sendable {
    package var encoding: CertificateEncoding
    /// Twenty octets each; empty for encodings other than X.509.
    package var authorities: [[UInt8]]

    package init(authorities: [[UInt8]]) {
        encoding = .x509Signature
        self.authorities = authorities
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        encoding = CertificateEncoding(rawValue: try cursor.u8(in: message))
        authorities = []
        guard encoding == .x509Signature || encoding == .hashAndURL else {
            _ = cursor.rest()
            return
        }
        // Octets that do not fill a hash are ignored, as other implementations do.
        while cursor.remaining >= 20 { authorities.append(try cursor.bytes(20, in: message)) }
    }

    package func write(to writer: inout ByteWriter) {
        writer.u8(encoding.rawValue)
        for authority in authorities { writer.append(authority) }
    }
}
