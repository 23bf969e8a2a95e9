import COpenSSL
package import CryptoInterface
import IPsecModel

/// A private key that signs: RSA, ECDSA, Ed25519 or Ed448.
package final class PrivateKey: SigningKey {
    private let handle: KeyHandle

    init(_ handle: KeyHandle) { self.handle = handle }

    package var kind: PublicKeyKind { handle.kind }
    package var keyIdentifiers: [[UInt8]] { handle.identifiers }
    package var demandsPSS: Bool { handle.demandsPSS }
    /// DER of the public half.
    package var subjectPublicKeyInfo: [UInt8] { handle.subjectPublicKeyInfo }

    package func sign(_ scheme: SignatureScheme, _ data: [UInt8]) throws(CryptoError) -> [UInt8] {
        switch (scheme, kind) {
        case (.ed25519, .ed25519), (.ed448, .ed448): return try signWhole(data)
        case (.ecdsaConcatenated, .ecdsa(let bits)):
            guard handle.hasNISTCurve else { throw .badKey("RFC 4754 has methods for P-256, P-384 and P-521 only") }
            let signature = try signDigest(scheme, data)
            guard let plain = ECDSASignature.concatenated(der: signature, bits: bits) else {
                throw .backend("malformed ECDSA signature")
            }
            return plain
        default: return try signDigest(scheme, data)
        }
    }

    private func signDigest(_ scheme: SignatureScheme, _ data: [UInt8]) throws(CryptoError) -> [UInt8] {
        let (context, hash) = try handle.context(scheme)
        let digest = try KeyHandle.digest(hash, data)
        var count = Int(EVP_PKEY_get_size(handle.key))
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_PKEY_sign(context, &signature, &count, digest, digest.count) == 1 else {
            throw .backend("signature: \(libcryptoReason())")
        }
        return Array(signature.prefix(count))
    }

    private func signWhole(_ data: [UInt8]) throws(CryptoError) -> [UInt8] {
        let context = try handle.oneShotContext()
        var count = Int(EVP_PKEY_get_size(handle.key))
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, data, data.count) == 1 else {
            throw .backend("signature: \(libcryptoReason())")
        }
        return Array(signature.prefix(count))
    }
}

// MARK: - Writing

extension PrivateKey {
    /// PKCS #8 in DER, not encrypted.
    package func pkcs8Encoding() throws(CryptoError) -> SecretBytes {
        guard let info = EVP_PKEY2PKCS8(handle.key) else { throw .backend(libcryptoReason()) }
        defer { PKCS8_PRIV_KEY_INFO_free(info) }
        var start: UnsafeMutablePointer<UInt8>?
        let count = Int(i2d_PKCS8_PRIV_KEY_INFO(info, &start))
        guard count > 0, let start else { throw .backend(libcryptoReason()) }
        defer { CRYPTO_clear_free(start, count, #fileID, #line) }
        return SecretBytes(copying: Array(UnsafeBufferPointer(start: start, count: count)))
    }
}

// MARK: - Reading

extension PrivateKey {
    /// Reads PKCS #1, SEC 1 or PKCS #8, in PEM or DER, encrypted or not.
    ///
    /// - Throws: ``CryptoError/badKey(_:)`` where it cannot be read; the text says whether a passphrase is missing or
    ///   wrong.
    package convenience init(data: [UInt8], passphrase: SecretBytes? = nil) throws(CryptoError) {
        try self.init(secret: SecretBytes(copying: data), passphrase: passphrase)
    }

    /// What is thrown for a key that is encrypted where no passphrase is given.
    package static let passphraseMissing = CryptoError.badKey(Passphrase.missing)

    package convenience init(secret: SecretBytes, passphrase: SecretBytes? = nil) throws(CryptoError) {
        let prompt = Passphrase(passphrase)
        // libcrypto holds the prompt as a bare address while it reads.
        let key = withExtendedLifetime(prompt) {
            secret.withUnsafeBytes { octets in
                isPEM(octets) ? Self.readPEM(octets, prompt) : Self.readDER(octets, prompt)
            }
        }
        guard let key else {
            let reason = libcryptoReason()
            throw .badKey(prompt.wasAsked ? prompt.complaint : reason)
        }
        ERR_clear_error()
        guard let handle = KeyHandle(key, .sign) else { throw .badKey("a kind of key that IKE does not sign with") }
        self.init(handle)
    }

    private static func readPEM(_ octets: UnsafeRawBufferPointer, _ prompt: Passphrase) -> OpaquePointer? {
        withMemoryBIO(octets) { bio in
            PEM_read_bio_PrivateKey(bio, nil, answerPassphrase, prompt.context)
        }
    }

    private static func readDER(_ octets: UnsafeRawBufferPointer, _ prompt: Passphrase) -> OpaquePointer? {
        var position = octets.baseAddress?.assumingMemoryBound(to: UInt8.self)
        if let key = d2i_AutoPrivateKey(nil, &position, octets.count) { return key }
        return withMemoryBIO(octets) { bio in
            d2i_PKCS8PrivateKey_bio(bio, nil, answerPassphrase, prompt.context)
        }
    }
}

/// Answers libcrypto's question for a passphrase; without an answer of ours it would ask at the terminal.
final class Passphrase {
    private let secret: SecretBytes?
    private(set) var wasAsked = false

    init(_ secret: SecretBytes?) { self.secret = secret }

    static let missing = "encrypted, and no passphrase is known"
    var complaint: String { secret == nil ? Self.missing : "the passphrase does not fit" }

    /// The object itself; it must live as long as the call that asks.
    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// Writes the passphrase; octets written, or -1 without one.
    func answer(_ buffer: UnsafeMutableRawBufferPointer) -> Int32 {
        wasAsked = true
        guard let secret, secret.count <= buffer.count else { return -1 }
        secret.withUnsafeBytes { buffer.copyBytes(from: $0) }
        return Int32(secret.count)
    }
}

/// libcrypto's `pem_password_cb`; without a context, for what is never encrypted, it has no answer and asks nobody.
func answerPassphrase(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ isWriting: Int32, _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let buffer, let context, size > 0 else { return -1 }
    let prompt = Unmanaged<Passphrase>.fromOpaque(context).takeUnretainedValue()
    return prompt.answer(UnsafeMutableRawBufferPointer(start: buffer, count: Int(size)))
}
