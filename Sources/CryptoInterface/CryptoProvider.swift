package import IPsecModel

/// The cryptography that the core needs, in the words of IKE. One provider a shard: it may keep contexts that it
/// re-keys, and is never used from two threads.
package protocol CryptoProvider: AnyObject {
    /// Whether negotiating this transform makes sense here.
    func supports(_ transform: Transform) -> Bool

    /// Bytes that the wire shows: nonces, SPIs, IVs.
    func publicRandom(_ buffer: UnsafeMutableRawBufferPointer)
    /// Bytes that stay here.
    func secretRandom(_ buffer: UnsafeMutableRawBufferPointer)

    /// Writes the digest of the concatenated parts; `output` has the digest's size.
    func hash(
        _ algorithm: HashAlgorithm, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError)

    /// Writes prf(key, parts…); `output` has the PRF's output size (RFC 7296 §2.13).
    func prf(
        _ algorithm: PRFAlgorithm, key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer],
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError)

    /// A fresh key pair, for the side that asks.
    func keyExchange(_ method: KeyExchangeMethod) throws(CryptoError) -> any KeyExchange

    /// Answers a peer's public value: for Diffie-Hellman a fresh pair and the shared secret, for a KEM the ciphertext
    /// and the encapsulated secret.
    func answerKeyExchange(
        _ method: KeyExchangeMethod, peer: UnsafeRawBufferPointer
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes)

    /// Encrypts and authenticates an IKE message in place (RFC 7296 §3.14, RFC 5282).
    ///
    /// `message` is laid out as | `headerLength` octets, authenticated | IV | plaintext with padding | ICV |; the
    /// provider writes the IV (a counter for AEAD and counter modes, random for CBC) and the ICV.
    func seal(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int, ivCounter: UInt64
    ) throws(CryptoError)

    /// Checks and decrypts a message of the same layout in place; the plaintext stands where the ciphertext stood.
    func open(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int
    ) throws(CryptoError)
}

/// Our half of a key exchange that was started.
package protocol KeyExchange: AnyObject {
    var method: KeyExchangeMethod { get }
    var publicValue: [UInt8] { get }
    /// - Throws: ``CryptoError/badPublicValue(_:)`` where the peer's value has the wrong size or lies outside the group.
    func sharedSecret(peer: UnsafeRawBufferPointer) throws(CryptoError) -> SecretBytes
}

/// The keys of one direction of an IKE_SA: SK_e with its salt, and SK_a where the cipher needs one.
package struct DirectionKeys: Sendable {
    package let encryption: SecretBytes
    /// Empty for AEAD ciphers.
    package let integrity: SecretBytes

    package init(encryption: SecretBytes, integrity: SecretBytes) {
        self.encryption = encryption
        self.integrity = integrity
    }
}

package enum HashAlgorithm: UInt16, Sendable, CaseIterable {
    // Raw values: IANA "IKEv2 Hash Algorithms" (RFC 7427 §4); identity is RFC 8420, SHA-3 is RFC 9593's registry.
    case sha1 = 1
    case sha256 = 2
    case sha384 = 3
    case sha512 = 4
    case identity = 5
    case sha3_224 = 8
    case sha3_256 = 9
    case sha3_384 = 10
    case sha3_512 = 11

    /// Octets.
    package var digestSize: Int {
        switch self {
        case .sha1: 20
        case .sha256, .sha3_256: 32
        case .sha384, .sha3_384: 48
        case .sha512, .sha3_512: 64
        case .sha3_224: 28
        case .identity: 0
        }
    }
}
