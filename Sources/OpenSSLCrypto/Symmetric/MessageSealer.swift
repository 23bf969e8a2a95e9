import COpenSSL
import CryptoInterface
import IPsecModel

/// Seals and opens IKE messages (RFC 7296 §3.14, RFC 5282, RFC 7634).
struct MessageSealer {
    let ciphers: CipherContexts
    let authenticators: AuthenticatorTable

    func seal(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int, ivCounter: UInt64, randomIV: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(CryptoError) {
        try check(keys, protection)
        guard let parts = SealedMessage(message, headerLength: headerLength, protection) else {
            throw .backend("no room for IV and ICV in \(message.count) octets")
        }
        guard !parts.text.isEmpty, parts.text.count % protection.blockBytes == 0 else {
            throw .backend("\(parts.text.count) octets are no whole number of blocks")
        }
        if protection.encryption.needsRandomIV {
            randomIV(parts.iv)
        } else if !parts.iv.isEmpty {
            parts.iv.storeBytes(of: ivCounter.bigEndian, as: UInt64.self)
        }
        try encrypt(protection, keys, parts)
        guard let integrity = protection.integrity else { return }
        try keys.integrity.withUnsafeBytes { (key) throws(CryptoError) in
            try authenticators.writeICV(integrity, key: key, parts.authenticated, into: parts.icv)
        }
    }

    /// Authenticates before it decrypts; what an AEAD cipher decrypted of an altered message is wiped.
    func open(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int
    ) throws(CryptoError) {
        try check(keys, protection)
        // There is always a pad length octet.
        guard let parts = SealedMessage(message, headerLength: headerLength, protection), !parts.text.isEmpty,
            parts.text.count % protection.blockBytes == 0
        else { throw .integrity }
        if let integrity = protection.integrity { try verify(integrity, keys, parts) }
        do throws(CryptoError) {
            try decrypt(protection, keys, parts)
        } catch {
            OPENSSL_cleanse(parts.text.baseAddress, parts.text.count)
            throw error
        }
    }

    private func check(_ keys: DirectionKeys, _ protection: MessageProtection) throws(CryptoError) {
        guard keys.encryption.count == protection.encryptionKeyBytes else {
            throw .badKey("SK_e has \(keys.encryption.count) octets, not \(protection.encryptionKeyBytes)")
        }
        guard protection.encryption.isAEAD || protection.integrity.map({ $0.icvBytes > 0 }) == true else {
            throw .unsupported("an IKE message without integrity protection")
        }
        guard keys.integrity.count == protection.integrityKeyBytes else {
            throw .badKey("SK_a has \(keys.integrity.count) octets, not \(protection.integrityKeyBytes)")
        }
    }

    private func verify(
        _ integrity: IntegrityAlgorithm, _ keys: DirectionKeys, _ parts: SealedMessage
    ) throws(CryptoError) {
        let expected = try SecretBytes(count: parts.icv.count) { (buffer) throws(CryptoError) in
            try keys.integrity.withUnsafeBytes { (key) throws(CryptoError) in
                try authenticators.writeICV(integrity, key: key, parts.authenticated, into: buffer)
            }
        }
        guard expected.isEqual(to: UnsafeRawBufferPointer(parts.icv)) else { throw .integrity }
    }
}

// MARK: - Ciphers

extension MessageSealer {
    private func encrypt(
        _ protection: MessageProtection, _ keys: DirectionKeys, _ parts: SealedMessage
    ) throws(CryptoError) {
        guard protection.encryption != .null else { return }
        let context = try ciphers.context(protection.encryption, keyLength: protection.keyLength, .encrypt)
        try start(context, protection, keys, parts)
        if protection.encryption.isAEAD { try authenticate(context, protection, parts) }
        try transform(parts.text, context, failure: backendError("encryption"))
        guard protection.encryption.isAEAD else { return }
        try finish(context, failure: backendError("encryption"))
        let tag = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(parts.icv.count), parts.icv.baseAddress)
        guard tag == 1 else { throw backendError("authentication tag") }
    }

    private func decrypt(
        _ protection: MessageProtection, _ keys: DirectionKeys, _ parts: SealedMessage
    ) throws(CryptoError) {
        guard protection.encryption != .null else { return }
        let context = try ciphers.context(protection.encryption, keyLength: protection.keyLength, .decrypt)
        if protection.encryption.isCCM { try expectTag(context, parts) }
        try start(context, protection, keys, parts)
        if protection.encryption.isAEAD {
            if !protection.encryption.isCCM { try expectTag(context, parts) }
            try authenticate(context, protection, parts)
        }
        try transform(parts.text, context, failure: .integrity)
        // CCM compares the tag while it decrypts and has nothing to finish.
        if protection.encryption.isAEAD, !protection.encryption.isCCM { try finish(context, failure: .integrity) }
    }

    private func expectTag(_ context: OpaquePointer, _ parts: SealedMessage) throws(CryptoError) {
        let tag = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(parts.icv.count), parts.icv.baseAddress)
        guard tag == 1 else { throw backendError("authentication tag") }
    }

    /// Keys the context with SK_e without its salt, and a nonce made of salt and IV.
    private func start(
        _ context: OpaquePointer, _ protection: MessageProtection, _ keys: DirectionKeys, _ parts: SealedMessage
    ) throws(CryptoError) {
        let isStarted = keys.encryption.withUnsafeBytes { material in
            let salt = material.suffix(protection.encryption.saltBytes)
            return withUnsafeTemporaryAllocation(byteCount: 16, alignment: 8) { nonce in
                nonce.initializeMemory(as: UInt8.self, repeating: 0)
                nonce.copyBytes(from: salt)
                UnsafeMutableRawBufferPointer(rebasing: nonce[salt.count...]).copyBytes(from: parts.iv)
                // RFC 3686 §4: the block counter of counter mode starts with one.
                if protection.encryption.isCounterMode { nonce[15] = 1 }
                return EVP_CipherInit_ex2(context, nil, material.bytes, nonce.bytes, -1, nil) == 1
            }
        }
        guard isStarted else { throw backendError("cipher key") }
    }

    private func authenticate(
        _ context: OpaquePointer, _ protection: MessageProtection, _ parts: SealedMessage
    ) throws(CryptoError) {
        var written: Int32 = 0
        if protection.encryption.isCCM {
            guard EVP_CipherUpdate(context, nil, &written, nil, Int32(parts.text.count)) == 1 else {
                throw backendError("text length")
            }
        }
        guard !parts.header.isEmpty else { return }
        let header = UnsafeRawBufferPointer(parts.header)
        guard EVP_CipherUpdate(context, nil, &written, header.bytes, Int32(header.count)) == 1 else {
            throw backendError("associated data")
        }
    }

    private func transform(
        _ text: UnsafeMutableRawBufferPointer, _ context: OpaquePointer, failure: @autoclosure () -> CryptoError
    ) throws(CryptoError) {
        var written: Int32 = 0
        guard EVP_CipherUpdate(context, text.bytes, &written, text.bytes, Int32(text.count)) == 1 else {
            throw refused(failure())
        }
    }

    private func finish(_ context: OpaquePointer, failure: @autoclosure () -> CryptoError) throws(CryptoError) {
        var written: Int32 = 0
        let isDone = withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) {
            EVP_CipherFinal_ex(context, $0.bytes, &written) == 1
        }
        guard isDone else { throw refused(failure()) }
    }

    private func refused(_ error: CryptoError) -> CryptoError {
        ERR_clear_error()
        return error
    }
}

extension EncryptionAlgorithm {
    /// CBC modes: the IV must not be foreseen; counter modes need it to be used once only.
    var needsRandomIV: Bool { self == .aesCBC || self == .camelliaCBC || self == .tripleDES }
}
