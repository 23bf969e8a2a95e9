import COpenSSL
package import CryptoInterface
package import IPsecModel

/// The cryptography of IKE by OpenSSL's libcrypto, 3.0 or later.
///
/// Algorithms are fetched once, and contexts are kept and keyed anew: fetching for each operation costs more than the
/// operation. A context therefore holds the key of its last use until the next one. What libcrypto or its policy
/// refuses is ``CryptoError/unsupported(_:)`` with the keyword of proposals, found out when it is first asked for.
package final class OpenSSLProvider: CryptoProvider {
    private let digests = DigestContexts()
    private let authenticators = AuthenticatorTable()
    private let ciphers = CipherContexts()
    let keyExchanges = KeyExchangeTable()

    package init() {}

    /// The version of the library that is loaded, which may be newer than the one of the build.
    package static var libraryVersion: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

    /// Whether this provider can do its part: protect IKE messages with a cipher or MAC, compute a PRF, exchange keys.
    ///
    /// Key exchange `none`, integrity `none` and sequence numbers ask nothing of it. Which ciphers ESP may use is the
    /// kernel's business.
    package func supports(_ transform: Transform) -> Bool {
        switch transform.type {
        case .encryption:
            let algorithm = EncryptionAlgorithm(rawValue: transform.id)
            let keyLength = transform.keyLength ?? algorithm.fixedKeyLength ?? 0
            return ciphers.supports(algorithm, keyLength: keyLength)
        case .prf: return authenticators.supports(PRFAlgorithm(rawValue: transform.id))
        case .integrity: return authenticators.supports(IntegrityAlgorithm(rawValue: transform.id))
        case .extendedSequenceNumbers: return true
        default:
            let method = KeyExchangeMethod(rawValue: transform.id)
            return method == .none || keyExchanges.supports(method)
        }
    }

    package func publicRandom(_ buffer: UnsafeMutableRawBufferPointer) {
        guard !buffer.isEmpty else { return }
        if RAND_bytes_ex(nil, buffer.bytes, buffer.count, 0) != 1 { fillFromSystem(buffer) }
    }

    package func secretRandom(_ buffer: UnsafeMutableRawBufferPointer) {
        guard !buffer.isEmpty else { return }
        if RAND_priv_bytes_ex(nil, buffer.bytes, buffer.count, 0) != 1 { fillFromSystem(buffer) }
    }

    /// libcrypto's generator fails only where it cannot be seeded; the kernel's never does.
    private func fillFromSystem(_ buffer: UnsafeMutableRawBufferPointer) {
        ERR_clear_error()
        var generator = SystemRandomNumberGenerator()
        for index in buffer.indices { buffer[index] = generator.next() }
    }

    package func hash(
        _ algorithm: HashAlgorithm, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try digests.write(algorithm, parts, into: output)
    }

    package func prf(
        _ algorithm: PRFAlgorithm, key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer],
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try authenticators.writePRF(algorithm, key: key, parts, into: output)
    }

    package func keyExchange(_ method: KeyExchangeMethod) throws(CryptoError) -> any KeyExchange {
        try keyExchanges.group(method).start()
    }

    package func answerKeyExchange(
        _ method: KeyExchangeMethod, peer: UnsafeRawBufferPointer
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes) {
        try keyExchanges.group(method).answer(peer: peer)
    }

    package func seal(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int, ivCounter: UInt64
    ) throws(CryptoError) {
        try sealer.seal(
            protection, keys: keys, message: message, headerLength: headerLength, ivCounter: ivCounter,
            randomIV: publicRandom)
    }

    package func open(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int
    ) throws(CryptoError) {
        try sealer.open(protection, keys: keys, message: message, headerLength: headerLength)
    }

    private var sealer: MessageSealer { MessageSealer(ciphers: ciphers, authenticators: authenticators) }
}
