import COpenSSL
import CryptoInterface
import IPsecModel

/// The key exchange methods, each made when it is first asked for and kept.
final class KeyExchangeTable {
    private var groups: [KeyExchangeMethod: any KeyExchangeGroup] = [:]
    private var refused: Set<KeyExchangeMethod> = []

    func supports(_ method: KeyExchangeMethod) -> Bool { (try? group(method)) != nil }

    func group(_ method: KeyExchangeMethod) throws(CryptoError) -> any KeyExchangeGroup {
        if let group = groups[method] { return group }
        guard !refused.contains(method), let group = Self.make(method) else {
            ERR_clear_error()
            refused.insert(method)
            throw .unsupported(method.keyword)
        }
        groups[method] = group
        return group
    }

    private static func make(_ method: KeyExchangeMethod) -> (any KeyExchangeGroup)? {
        switch method {
        case .modp768: PrimeFieldGroup(method, prime: BN_get_rfc2409_prime_768(nil))
        case .modp1024: PrimeFieldGroup(method, prime: BN_get_rfc2409_prime_1024(nil))
        case .modp1536: PrimeFieldGroup(method, name: "modp_1536")
        case .modp2048: PrimeFieldGroup(method, name: "modp_2048")
        case .modp3072: PrimeFieldGroup(method, name: "modp_3072")
        case .modp4096: PrimeFieldGroup(method, name: "modp_4096")
        case .modp6144: PrimeFieldGroup(method, name: "modp_6144")
        case .modp8192: PrimeFieldGroup(method, name: "modp_8192")
        case .modp1024s160: PrimeFieldGroup(method, name: "dh_1024_160", needsSubgroupCheck: true)
        case .modp2048s224: PrimeFieldGroup(method, name: "dh_2048_224", needsSubgroupCheck: true)
        case .modp2048s256: PrimeFieldGroup(method, name: "dh_2048_256", needsSubgroupCheck: true)
        case .ecp192: PrimeCurveGroup(method, curve: "prime192v1", bits: 192)
        case .ecp224: PrimeCurveGroup(method, curve: "secp224r1", bits: 224)
        case .ecp256: PrimeCurveGroup(method, curve: "prime256v1", bits: 256)
        case .ecp384: PrimeCurveGroup(method, curve: "secp384r1", bits: 384)
        case .ecp521: PrimeCurveGroup(method, curve: "secp521r1", bits: 521)
        case .brainpool224: PrimeCurveGroup(method, curve: "brainpoolP224r1", bits: 224)
        case .brainpool256: PrimeCurveGroup(method, curve: "brainpoolP256r1", bits: 256)
        case .brainpool384: PrimeCurveGroup(method, curve: "brainpoolP384r1", bits: 384)
        case .brainpool512: PrimeCurveGroup(method, curve: "brainpoolP512r1", bits: 512)
        case .curve25519: MontgomeryGroup(method, name: "X25519", bytes: 32)
        case .curve448: MontgomeryGroup(method, name: "X448", bytes: 56)
        case .mlkem512: LatticeKEM(method, name: "ML-KEM-512", publicBytes: 800, ciphertextBytes: 768)
        case .mlkem768: LatticeKEM(method, name: "ML-KEM-768", publicBytes: 1184, ciphertextBytes: 1088)
        case .mlkem1024: LatticeKEM(method, name: "ML-KEM-1024", publicBytes: 1568, ciphertextBytes: 1568)
        default: nil
        }
    }
}

extension KeyExchangeMethod {
    /// The word of a proposal for this method, for messages about what is missing or wrong.
    var keyword: String { Self.keywords[self] ?? "key exchange method \(rawValue)" }

    private static let keywords: [KeyExchangeMethod: String] = [
        .none: "none", .modp768: "modp768", .modp1024: "modp1024", .modp1536: "modp1536", .modp2048: "modp2048",
        .modp3072: "modp3072", .modp4096: "modp4096", .modp6144: "modp6144", .modp8192: "modp8192",
        .modp1024s160: "modp1024s160", .modp2048s224: "modp2048s224", .modp2048s256: "modp2048s256",
        .ecp192: "ecp192", .ecp224: "ecp224", .ecp256: "ecp256", .ecp384: "ecp384", .ecp521: "ecp521",
        .brainpool224: "ecp224bp", .brainpool256: "ecp256bp", .brainpool384: "ecp384bp", .brainpool512: "ecp512bp",
        .curve25519: "x25519", .curve448: "x448",
        .mlkem512: "mlkem512", .mlkem768: "mlkem768", .mlkem1024: "mlkem1024",
    ]
}
