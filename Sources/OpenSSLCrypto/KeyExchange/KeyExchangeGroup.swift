import COpenSSL
import CryptoInterface
import IPsecModel

/// A key exchange method that is ready for use: everything that does not depend on the exchange is made once.
protocol KeyExchangeGroup: AnyObject {
    var method: KeyExchangeMethod { get }
    func start() throws(CryptoError) -> any KeyExchange
    func answer(
        peer: UnsafeRawBufferPointer
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes)
}

/// A Diffie-Hellman group: the answer is a fresh pair and what both values make.
protocol DiffieHellmanGroup: KeyExchangeGroup {
    /// Where libcrypto makes key pairs of this group.
    var generator: OpaquePointer { get }
    /// Octets of a public value on the wire.
    var publicBytes: Int { get }
    /// Octets of the shared secret.
    var secretBytes: Int { get }

    /// Our public value as it goes into the KE payload.
    func publicValue(of key: OpaquePointer) throws(CryptoError) -> [UInt8]
    /// The peer's key, checked as the group demands; the caller frees it.
    func peerKey(_ value: UnsafeRawBufferPointer) throws(CryptoError) -> OpaquePointer
    /// Sets what the derivation needs beyond the two keys.
    func prepare(_ derivation: OpaquePointer) -> Bool
    /// Whether libcrypto shall check that the peer's value lies in the subgroup, at the cost of an exponentiation.
    var needsSubgroupCheck: Bool { get }
}

extension DiffieHellmanGroup {
    var needsSubgroupCheck: Bool { false }
    func prepare(_ derivation: OpaquePointer) -> Bool { true }

    func start() throws(CryptoError) -> any KeyExchange { try pair() }

    func answer(
        peer: UnsafeRawBufferPointer
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes) {
        let pair = try pair()
        return (pair.publicValue, try pair.sharedSecret(peer: peer))
    }

    private func pair() throws(CryptoError) -> DiffieHellmanPair {
        var key: OpaquePointer?
        guard EVP_PKEY_keygen(generator, &key) == 1, let key else { throw backendError("key pair") }
        do throws(CryptoError) {
            return DiffieHellmanPair(group: self, key: key, publicValue: try publicValue(of: key))
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
    }

    /// The public key in libcrypto's own encoding.
    func encodedPublicKey(_ key: OpaquePointer) throws(CryptoError) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = EVP_PKEY_get1_encoded_public_key(key, &encoded)
        defer { CRYPTO_free(encoded, #fileID, #line) }
        guard count > 0, let encoded else { throw backendError("public value") }
        return Array(UnsafeBufferPointer(start: encoded, count: count))
    }

    /// A key in the group of `template` with a public value in libcrypto's encoding; the caller frees it.
    func key(like template: OpaquePointer, encoded: [UInt8]) throws(CryptoError) -> OpaquePointer {
        guard let key = EVP_PKEY_new() else { throw backendError("key") }
        guard EVP_PKEY_copy_parameters(key, template) == 1,
            EVP_PKEY_set1_encoded_public_key(key, encoded, encoded.count) == 1
        else {
            EVP_PKEY_free(key)
            ERR_clear_error()
            throw .badPublicValue("not an element of \(method.keyword)")
        }
        return key
    }
}

/// Our half of a Diffie-Hellman exchange.
final class DiffieHellmanPair: KeyExchange {
    let publicValue: [UInt8]
    var method: KeyExchangeMethod { group.method }
    private let group: any DiffieHellmanGroup
    private let key: OpaquePointer

    /// Takes over `key`.
    init(group: any DiffieHellmanGroup, key: OpaquePointer, publicValue: [UInt8]) {
        self.group = group
        self.key = key
        self.publicValue = publicValue
    }

    deinit { EVP_PKEY_free(key) }

    func sharedSecret(peer: UnsafeRawBufferPointer) throws(CryptoError) -> SecretBytes {
        guard peer.count == group.publicBytes else {
            throw .badPublicValue("\(method.keyword) takes \(group.publicBytes) octets, not \(peer.count)")
        }
        let peerKey = try group.peerKey(peer)
        defer { EVP_PKEY_free(peerKey) }
        guard let derivation = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { throw backendError("derivation") }
        defer { EVP_PKEY_CTX_free(derivation) }
        guard EVP_PKEY_derive_init(derivation) == 1, group.prepare(derivation) else {
            throw backendError("derivation")
        }
        let validates: Int32 = group.needsSubgroupCheck ? 1 : 0
        guard EVP_PKEY_derive_set_peer_ex(derivation, peerKey, validates) == 1 else {
            ERR_clear_error()
            throw .badPublicValue("not an element of \(method.keyword)")
        }
        return try derive(derivation)
    }

    private func derive(_ derivation: OpaquePointer) throws(CryptoError) -> SecretBytes {
        try SecretBytes(count: group.secretBytes) { (buffer) throws(CryptoError) in
            var count = buffer.count
            guard EVP_PKEY_derive(derivation, buffer.bytes, &count) == 1, count == buffer.count else {
                // The peer's value is what can make this fail: a point of small order (RFC 7748 §6).
                ERR_clear_error()
                throw .badPublicValue("no shared secret in \(method.keyword)")
            }
        }
    }
}
