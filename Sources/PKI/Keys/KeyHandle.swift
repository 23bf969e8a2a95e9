import COpenSSL
import CryptoInterface
import IPsecModel

/// An EVP_PKEY with the contexts that were made for it: one for each signature scheme, used again and again.
final class KeyHandle {
    enum Use { case sign, verify }

    let key: OpaquePointer
    let kind: PublicKeyKind
    /// DER of the SubjectPublicKeyInfo.
    private(set) lazy var subjectPublicKeyInfo: [UInt8] = known ?? encoded { i2d_PUBKEY(key, $0) }
    private let known: [UInt8]?
    private let use: Use
    private var contexts: [SignatureScheme: OpaquePointer] = [:]
    private var oneShot: OpaquePointer?

    /// Takes over `key`; `nil` and the key is freed where it is of a kind that IKE does not sign with.
    /// - Parameter subjectPublicKeyInfo: its encoding, where that is at hand: libcrypto's encoder is slow.
    init?(_ key: OpaquePointer, _ use: Use, subjectPublicKeyInfo: [UInt8]? = nil) {
        guard let kind = Self.kind(of: key) else {
            EVP_PKEY_free(key)
            return nil
        }
        self.key = key
        self.kind = kind
        self.use = use
        known = subjectPublicKeyInfo
    }

    deinit {
        for context in contexts.values { EVP_PKEY_CTX_free(context) }
        if let oneShot { EVP_MD_CTX_free(oneShot) }
        EVP_PKEY_free(key)
    }

    private static func kind(of key: OpaquePointer) -> PublicKeyKind? {
        let bits = Int(EVP_PKEY_get_bits(key))
        return switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: .rsa(bits: bits)
        case EVP_PKEY_EC: .ecdsa(bits: bits)
        case EVP_PKEY_ED25519: .ed25519
        case EVP_PKEY_ED448: .ed448
        default: nil
        }
    }

    /// A key with the object identifier of RSASSA-PSS: libcrypto refuses every other use of it.
    var demandsPSS: Bool { EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS }

    /// P-256, P-384 or P-521, which RFC 4754 has methods for; other curves have sizes like theirs.
    private(set) lazy var hasNISTCurve: Bool = {
        var name = [CChar](repeating: 0, count: 64)
        guard EVP_PKEY_get_group_name(key, &name, name.count, nil) == 1 else {
            ERR_clear_error()
            return false
        }
        return [NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1].contains(OBJ_sn2nid(name))
    }()

    /// SHA-1 of the key bits, and of the whole SubjectPublicKeyInfo.
    lazy var identifiers: [[UInt8]] = {
        var identifiers: [[UInt8]] = []
        if let body = DER.content(DER.Tag.sequence, of: subjectPublicKeyInfo) {
            var reader = DER.Reader(body)
            _ = reader.next()
            // The first octet of a BIT STRING counts unused bits.
            if let bits = reader.next(0x03) { identifiers.append(sha1(Array(bits.dropFirst()))) }
        }
        return identifiers + [sha1(subjectPublicKeyInfo)]
    }()

    // MARK: Contexts

    /// The context that signs or checks digests with this scheme.
    func context(_ scheme: SignatureScheme) throws(CryptoError) -> (context: OpaquePointer, hash: HashAlgorithm) {
        let (hash, padding) = try parameters(scheme)
        if let context = contexts[scheme] { return (context, hash) }
        guard let digest = hash.digest else { throw .unsupported("signatures over \(hash)") }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else {
            throw .backend(libcryptoReason())
        }
        guard prepare(context, digest, padding) else {
            EVP_PKEY_CTX_free(context)
            throw .backend(libcryptoReason())
        }
        contexts[scheme] = context
        return (context, hash)
    }

    private func prepare(_ context: OpaquePointer, _ digest: OpaquePointer, _ padding: Int32?) -> Bool {
        guard (use == .sign ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)) == 1 else { return false }
        if let padding {
            guard EVP_PKEY_CTX_set_rsa_padding(context, padding) == 1 else { return false }
        }
        guard EVP_PKEY_CTX_set_signature_md(context, digest) == 1 else { return false }
        guard padding == RSA_PKCS1_PSS_PADDING else { return true }
        return EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
    }

    private func parameters(_ scheme: SignatureScheme) throws(CryptoError) -> (HashAlgorithm, padding: Int32?) {
        switch (scheme, kind) {
        case (.rsaPKCS1(let hash), .rsa): (hash, RSA_PKCS1_PADDING)
        case (.rsaPSS(let hash), .rsa): (hash, RSA_PKCS1_PSS_PADDING)
        case (.ecdsa(let hash), .ecdsa), (.ecdsaConcatenated(let hash), .ecdsa): (hash, nil)
        default: throw .badKey("\(scheme) does not go with a key of kind \(kind)")
        }
    }

    /// A context for schemes that take the message whole (RFC 8420).
    func oneShotContext() throws(CryptoError) -> OpaquePointer {
        let known = oneShot ?? EVP_MD_CTX_new()
        guard let context = known, EVP_MD_CTX_reset(context) == 1 else { throw .backend(libcryptoReason()) }
        oneShot = context
        let isReady =
            use == .sign
            ? EVP_DigestSignInit(context, nil, nil, nil, key) : EVP_DigestVerifyInit(context, nil, nil, nil, key)
        guard isReady == 1 else { throw .backend(libcryptoReason()) }
        return context
    }

    static func digest(_ hash: HashAlgorithm, _ data: [UInt8]) throws(CryptoError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: hash.digestSize)
        guard let algorithm = hash.digest, EVP_Digest(data, data.count, &digest, nil, algorithm, nil) == 1 else {
            throw .backend(libcryptoReason())
        }
        return digest
    }
}

extension PublicKeyKind {
    /// `RSA 2048 bits` and its like, for messages.
    package var name: String {
        switch self {
        case .rsa(let bits): "RSA \(bits) bits"
        case .ecdsa(let bits): "ECDSA \(bits) bits"
        case .ed25519: "Ed25519"
        case .ed448: "Ed448"
        }
    }

    package var bits: Int {
        switch self {
        case .rsa(let bits), .ecdsa(let bits): bits
        case .ed25519: 256
        case .ed448: 456
        }
    }
}
