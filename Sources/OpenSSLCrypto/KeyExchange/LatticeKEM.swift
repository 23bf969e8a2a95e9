import COpenSSL
import CryptoInterface
import IPsecModel

/// ML-KEM (FIPS 203, draft-ietf-ipsecme-ikev2-mlkem): the initiator sends an encapsulation key, the responder a
/// ciphertext. libcrypto has it from 3.5 on; an older one says so when the key type is looked for.
final class LatticeKEM: KeyExchangeGroup {
    let method: KeyExchangeMethod
    private let name: String
    private let generator: OpaquePointer
    fileprivate let publicBytes: Int
    fileprivate let ciphertextBytes: Int
    /// FIPS 203 §3: 256 bits for every parameter set.
    fileprivate static let secretBytes = 32

    /// `nil` where libcrypto has no ML-KEM.
    init?(_ method: KeyExchangeMethod, name: String, publicBytes: Int, ciphertextBytes: Int) {
        guard let generator = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { return nil }
        guard EVP_PKEY_keygen_init(generator) == 1 else {
            EVP_PKEY_CTX_free(generator)
            return nil
        }
        self.method = method
        self.name = name
        self.generator = generator
        self.publicBytes = publicBytes
        self.ciphertextBytes = ciphertextBytes
    }

    deinit { EVP_PKEY_CTX_free(generator) }

    func start() throws(CryptoError) -> any KeyExchange {
        var key: OpaquePointer?
        guard EVP_PKEY_keygen(generator, &key) == 1, let key else { throw backendError("key pair") }
        var count = publicBytes
        var value = [UInt8](repeating: 0, count: count)
        guard EVP_PKEY_get_raw_public_key(key, &value, &count) == 1, count == publicBytes else {
            EVP_PKEY_free(key)
            throw backendError("public value")
        }
        return LatticePair(kem: self, key: key, publicValue: value)
    }

    func answer(
        peer: UnsafeRawBufferPointer
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes) {
        guard peer.count == publicBytes else {
            throw .badPublicValue("\(method.keyword) takes \(publicBytes) octets, not \(peer.count)")
        }
        guard let key = EVP_PKEY_new_raw_public_key_ex(nil, name, nil, peer.bytes, peer.count) else {
            ERR_clear_error()
            throw .badPublicValue("not an encapsulation key of \(method.keyword)")
        }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { throw backendError("encapsulation") }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_encapsulate_init(context, nil) == 1 else { throw backendError("encapsulation") }
        var ciphertext = [UInt8](repeating: 0, count: ciphertextBytes)
        let secret = try SecretBytes(count: Self.secretBytes) { (buffer) throws(CryptoError) in
            var ciphertextCount = ciphertext.count
            var secretCount = buffer.count
            guard EVP_PKEY_encapsulate(context, &ciphertext, &ciphertextCount, buffer.bytes, &secretCount) == 1,
                ciphertextCount == ciphertextBytes, secretCount == buffer.count
            else { throw backendError("encapsulation") }
        }
        return (ciphertext, secret)
    }
}

/// A decapsulation key that waits for its ciphertext.
private final class LatticePair: KeyExchange {
    let publicValue: [UInt8]
    var method: KeyExchangeMethod { kem.method }
    private let kem: LatticeKEM
    private let key: OpaquePointer

    /// Takes over `key`.
    init(kem: LatticeKEM, key: OpaquePointer, publicValue: [UInt8]) {
        self.kem = kem
        self.key = key
        self.publicValue = publicValue
    }

    deinit { EVP_PKEY_free(key) }

    func sharedSecret(peer: UnsafeRawBufferPointer) throws(CryptoError) -> SecretBytes {
        guard peer.count == kem.ciphertextBytes else {
            throw .badPublicValue("\(method.keyword) answers with \(kem.ciphertextBytes) octets, not \(peer.count)")
        }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { throw backendError("decapsulation") }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_decapsulate_init(context, nil) == 1 else { throw backendError("decapsulation") }
        // An altered ciphertext gives another secret, not an error (FIPS 203 §6.3): AUTH fails then.
        return try SecretBytes(count: LatticeKEM.secretBytes) { (buffer) throws(CryptoError) in
            var count = buffer.count
            guard EVP_PKEY_decapsulate(context, buffer.bytes, &count, peer.bytes, peer.count) == 1,
                count == buffer.count
            else { throw backendError("decapsulation") }
        }
    }
}
