package import Wire

/// Authentication methods (RFC 7296 §3.8 and its extensions).
package struct AuthMethod: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let rsaSignature = Self(rawValue: 1)
    package static let sharedKey = Self(rawValue: 2)
    package static let dssSignature = Self(rawValue: 3)
    package static let ecdsa256 = Self(rawValue: 9)
    package static let ecdsa384 = Self(rawValue: 10)
    package static let ecdsa521 = Self(rawValue: 11)
    package static let genericSecurePassword = Self(rawValue: 12)
    package static let null = Self(rawValue: 13)
    /// RFC 7427
    package static let digitalSignature = Self(rawValue: 14)
}

extension AuthMethod: CustomStringConvertible {
    package var description: String {
        switch self {
        case .rsaSignature: "RSA signature"
        case .sharedKey: "pre-shared key"
        case .dssSignature: "DSS signature"
        case .ecdsa256: "ECDSA-256 signature"
        case .ecdsa384: "ECDSA-384 signature"
        case .ecdsa521: "ECDSA-521 signature"
        case .digitalSignature: "digital signature"
        case .null: "NULL"
        default: "AUTH_METHOD_\(rawValue)"
        }
    }
}

/// Authentication payload (RFC 7296 §3.8): | method (u8) | RESERVED (24 bits) | data … |
package struct AuthenticationPayload: Equatable, Sendable {
    package var method: AuthMethod
    package var data: [UInt8]

    package init(method: AuthMethod, data: [UInt8]) {
        self.method = method
        self.data = data
    }

    package init(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) {
        method = AuthMethod(rawValue: try cursor.u8(in: message))
        try cursor.skip(3)
        data = try cursor.restBytes(in: message)
    }

    package func write(to writer: inout ByteWriter) {
        writer.u8(method.rawValue)
        writer.zeros(3)
        writer.append(data)
    }
}
