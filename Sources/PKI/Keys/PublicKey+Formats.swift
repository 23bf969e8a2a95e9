import COpenSSL
package import CryptoInterface
import IPsecModel

// Raw public keys as configurations write them besides SubjectPublicKeyInfo.

extension PublicKey {
    /// Reads an RSA key of a DNSKEY record (RFC 3110 §2): length of the exponent, exponent, modulus.
    package convenience init(rfc3110 data: [UInt8]) throws(CryptoError) {
        guard let (exponent, modulus) = Self.split(rfc3110: data) else { throw .badKey("no RSA key of RFC 3110") }
        try self.init(modulus: modulus, exponent: exponent)
    }

    private static func split(rfc3110 data: [UInt8]) -> (exponent: [UInt8], modulus: [UInt8])? {
        guard let first = data.first else { return nil }
        var start = 1
        var count = Int(first)
        if count == 0 {
            guard data.count >= 3 else { return nil }
            count = Int(data[1]) << 8 | Int(data[2])
            start = 3
        }
        guard count > 0, data.count > start + count else { return nil }
        return (Array(data[start..<start + count]), Array(data[(start + count)...]))
    }

    /// Reads the key blob that stands in base64 behind the type in an SSH public key file (RFC 4253 §6.6, RFC 5656
    /// §3.1, RFC 8709 §4): RSA, ECDSA on a NIST curve, Ed25519 or Ed448.
    package convenience init(ssh blob: [UInt8]) throws(CryptoError) {
        var fields = SSHFields(rest: blob[...])
        guard let type = fields.next() else { throw .badKey("no SSH public key") }
        switch String(decoding: type, as: UTF8.self) {
        case "ssh-rsa":
            guard let exponent = fields.next(), let modulus = fields.next(), fields.rest.isEmpty else {
                throw .badKey("no SSH public key")
            }
            try self.init(modulus: Array(modulus), exponent: Array(exponent))
        case "ssh-ed25519": try self.init(algorithm: [0x06, 3, 0x2b, 0x65, 0x70], bits: fields.last())
        case "ssh-ed448": try self.init(algorithm: [0x06, 3, 0x2b, 0x65, 0x71], bits: fields.last())
        case let name where name.hasPrefix("ecdsa-sha2-"):
            guard let curve = fields.next(), let identifier = Self.curves[String(decoding: curve, as: UTF8.self)] else {
                throw .badKey("an unknown curve")
            }
            try self.init(algorithm: Self.ecPublicKey + identifier, bits: fields.last())
        default: throw .badKey("an unknown type of SSH public key")
        }
    }

    /// OBJECT IDENTIFIER id-ecPublicKey (RFC 5480 §2.1.1).
    private static let ecPublicKey: [UInt8] = [0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]
    /// OBJECT IDENTIFIERs of the named curves.
    private static let curves: [String: [UInt8]] = [
        "nistp256": [0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        "nistp384": [0x06, 5, 0x2b, 0x81, 0x04, 0, 0x22],
        "nistp521": [0x06, 5, 0x2b, 0x81, 0x04, 0, 0x23],
    ]

    /// A key by the content of its AlgorithmIdentifier and its bits.
    private convenience init(algorithm: [UInt8], bits: [UInt8]?) throws(CryptoError) {
        guard let bits else { throw .badKey("no SSH public key") }
        let bitString = DER.element(0x03, [0] + bits)
        let key = DER.element(DER.Tag.sequence, DER.element(DER.Tag.sequence, algorithm) + bitString)
        try self.init(subjectPublicKeyInfo: key)
    }

    private convenience init(modulus: [UInt8], exponent: [UInt8]) throws(CryptoError) {
        // libcrypto uses no modulus beyond 16384 bits.
        guard (64...2049).contains(modulus.count), (1...64).contains(exponent.count) else {
            throw .badKey("an RSA key of \(modulus.count) octets")
        }
        let n = BN_bin2bn(modulus, Int32(modulus.count), nil)
        let e = BN_bin2bn(exponent, Int32(exponent.count), nil)
        defer {
            BN_free(n)
            BN_free(e)
        }
        guard let parameters = swand_rsa_public_parameters(n, e) else { throw .badKey(libcryptoReason()) }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else { throw .unsupported("RSA") }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, swand_select_public_key, parameters) == 1, let key,
            let handle = KeyHandle(key, .verify)
        else { throw .badKey(libcryptoReason()) }
        self.init(handle)
    }
}

/// Fields with a length of 32 bits in front (RFC 4251 §5).
private struct SSHFields {
    var rest: ArraySlice<UInt8>

    mutating func next() -> ArraySlice<UInt8>? {
        guard rest.count >= 4 else { return nil }
        let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard rest.count - 4 >= count else { return nil }
        defer { rest = rest.dropFirst(4 + count) }
        return rest.dropFirst(4).prefix(count)
    }

    /// The next field, which must be the last one.
    mutating func last() -> [UInt8]? {
        guard let field = next(), rest.isEmpty else { return nil }
        return Array(field)
    }
}
