import COpenSSL
import CryptoInterface
import IPsecModel

/// Curve25519 and Curve448 (RFC 7748, RFC 8031): public values are u-coordinates, every string of the right size is
/// one, and a shared secret of zeros is refused by libcrypto.
final class MontgomeryGroup: DiffieHellmanGroup {
    let method: KeyExchangeMethod
    let generator: OpaquePointer
    let publicBytes: Int
    var secretBytes: Int { publicBytes }
    /// Where peers' keys are made.
    private let importer: OpaquePointer

    /// `nil` where libcrypto refuses the curve.
    init?(_ method: KeyExchangeMethod, name: String, bytes: Int) {
        guard let generator = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { return nil }
        guard EVP_PKEY_keygen_init(generator) == 1,
            let importer = EVP_PKEY_CTX_new_from_name(nil, name, nil)
        else {
            EVP_PKEY_CTX_free(generator)
            return nil
        }
        guard EVP_PKEY_fromdata_init(importer) == 1 else {
            EVP_PKEY_CTX_free(generator)
            EVP_PKEY_CTX_free(importer)
            return nil
        }
        self.method = method
        self.generator = generator
        self.importer = importer
        publicBytes = bytes
    }

    deinit {
        EVP_PKEY_CTX_free(generator)
        EVP_PKEY_CTX_free(importer)
    }

    func publicValue(of key: OpaquePointer) throws(CryptoError) -> [UInt8] {
        var count = publicBytes
        var value = [UInt8](repeating: 0, count: count)
        guard EVP_PKEY_get_raw_public_key(key, &value, &count) == 1, count == publicBytes else {
            throw backendError("public value")
        }
        return value
    }

    func peerKey(_ value: UnsafeRawBufferPointer) throws(CryptoError) -> OpaquePointer {
        var copy = Array(value)
        let key = OSSL_PKEY_PARAM_PUB_KEY.withCString { name in
            copy.withUnsafeMutableBytes { octets in
                var parameters = [
                    OSSL_PARAM_construct_octet_string(name, octets.baseAddress, octets.count),
                    OSSL_PARAM_construct_end(),
                ]
                var key: OpaquePointer?
                return EVP_PKEY_fromdata(importer, &key, swand_select_public_key, &parameters) == 1 ? key : nil
            }
        }
        guard let key else {
            ERR_clear_error()
            throw .badPublicValue("not an element of \(method.keyword)")
        }
        return key
    }
}
