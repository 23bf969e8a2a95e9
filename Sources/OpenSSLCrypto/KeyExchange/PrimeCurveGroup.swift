import COpenSSL
import CryptoInterface
import IPsecModel

/// NIST and Brainpool curves over prime fields (RFC 5903, RFC 6954): a public value is X || Y, the shared secret is
/// the X coordinate alone.
///
/// These curves have cofactor one: a point that lies on the curve, which decoding checks, lies in the group
/// (RFC 6989 §2.3), so libcrypto's costlier validation is left out.
final class PrimeCurveGroup: DiffieHellmanGroup {
    let method: KeyExchangeMethod
    let generator: OpaquePointer
    let secretBytes: Int
    var publicBytes: Int { 2 * secretBytes }
    /// The curve without a point, to make peers' keys from.
    private let template: OpaquePointer

    /// `nil` where libcrypto refuses the curve.
    init?(_ method: KeyExchangeMethod, curve: String, bits: Int) {
        guard let generator = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
        guard EVP_PKEY_keygen_init(generator) == 1, EVP_PKEY_CTX_set_group_name(generator, curve) == 1,
            let template = Self.template(curve)
        else {
            EVP_PKEY_CTX_free(generator)
            return nil
        }
        self.method = method
        self.generator = generator
        self.template = template
        secretBytes = (bits + 7) / 8
    }

    deinit {
        EVP_PKEY_CTX_free(generator)
        EVP_PKEY_free(template)
    }

    private static func template(_ curve: String) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var template: OpaquePointer?
        guard EVP_PKEY_paramgen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, curve) == 1,
            EVP_PKEY_paramgen(context, &template) == 1
        else { return nil }
        return template
    }

    func publicValue(of key: OpaquePointer) throws(CryptoError) -> [UInt8] {
        let encoded = try encodedPublicKey(key)
        guard encoded.count == publicBytes + 1, encoded.first == uncompressedPoint else {
            throw .backend("a public key in \(encoded.count) octets")
        }
        return Array(encoded.dropFirst())
    }

    func peerKey(_ value: UnsafeRawBufferPointer) throws(CryptoError) -> OpaquePointer {
        var encoded: [UInt8] = [uncompressedPoint]
        encoded.reserveCapacity(value.count + 1)
        encoded.append(contentsOf: value)
        return try key(like: template, encoded: encoded)
    }
}

/// SEC 1 §2.3.3: the first octet of a point with both coordinates.
private let uncompressedPoint: UInt8 = 4
