/// The names under which algorithms appear in logs and listings.
///
/// They are the names that administrators of charon search for; a number without a name stands in parentheses.
extension EncryptionAlgorithm: CustomStringConvertible {
    package var description: String { Self.names[rawValue] ?? "(\(rawValue))" }

    private static let names: [UInt16: String] = [
        1: "DES_IV64", 2: "DES_CBC", 3: "3DES_CBC", 4: "RC5_CBC", 5: "IDEA_CBC", 6: "CAST_CBC", 7: "BLOWFISH_CBC",
        8: "3IDEA", 9: "DES_IV32", 11: "NULL", 12: "AES_CBC", 13: "AES_CTR", 14: "AES_CCM_8", 15: "AES_CCM_12",
        16: "AES_CCM_16", 18: "AES_GCM_8", 19: "AES_GCM_12", 20: "AES_GCM_16", 21: "NULL_AES_GMAC",
        23: "CAMELLIA_CBC", 24: "CAMELLIA_CTR", 25: "CAMELLIA_CCM_8", 26: "CAMELLIA_CCM_12",
        27: "CAMELLIA_CCM_16", 28: "CHACHA20_POLY1305",
    ]

    /// Whether the cipher authenticates as well, so that a proposal needs no integrity algorithm (RFC 5282, 7634).
    package var isCombinedMode: Bool {
        switch self {
        case .aesCCM8, .aesCCM12, .aesCCM16, .aesGCM8, .aesGCM12, .aesGCM16, .aesGMAC, .camelliaCCM8,
            .camelliaCCM12, .camelliaCCM16, .chacha20Poly1305:
            true
        default: false
        }
    }
}

extension PRFAlgorithm: CustomStringConvertible {
    package var description: String { Self.names[rawValue] ?? "(\(rawValue))" }

    private static let names: [UInt16: String] = [
        1: "PRF_HMAC_MD5", 2: "PRF_HMAC_SHA1", 3: "PRF_HMAC_TIGER", 4: "PRF_AES128_XCBC", 5: "PRF_HMAC_SHA2_256",
        6: "PRF_HMAC_SHA2_384", 7: "PRF_HMAC_SHA2_512", 8: "PRF_AES128_CMAC",
    ]
}

extension IntegrityAlgorithm: CustomStringConvertible {
    package var description: String {
        if self == .hmacSHA256_96 { return "HMAC_SHA2_256_96" }
        return Self.names[rawValue] ?? "(\(rawValue))"
    }

    private static let names: [UInt16: String] = [
        0: "NONE", 1: "HMAC_MD5_96", 2: "HMAC_SHA1_96", 3: "DES_MAC", 4: "KPDK_MD5", 5: "AES_XCBC_96",
        6: "HMAC_MD5_128", 7: "HMAC_SHA1_160", 8: "AES_CMAC_96", 9: "AES_128_GMAC", 10: "AES_192_GMAC",
        11: "AES_256_GMAC", 12: "HMAC_SHA2_256_128", 13: "HMAC_SHA2_384_192", 14: "HMAC_SHA2_512_256",
    ]

    /// The PRF of the same hash or cipher, which an IKE proposal without a PRF means.
    package var matchingPRF: PRFAlgorithm? {
        switch self {
        case .hmacMD5_96, .hmacMD5_128: .hmacMD5
        case .hmacSHA1_96, .hmacSHA1_160: .hmacSHA1
        case .hmacSHA256_128, .hmacSHA256_96: .hmacSHA256
        case .hmacSHA384_192: .hmacSHA384
        case .hmacSHA512_256: .hmacSHA512
        case .aesXCBC96: .aesXCBC
        case .aesCMAC96: .aesCMAC
        default: nil
        }
    }
}

extension KeyExchangeMethod: CustomStringConvertible {
    package var description: String { Self.names[rawValue] ?? "(\(rawValue))" }

    private static let names: [UInt16: String] = [
        0: "KE_NONE", 1: "MODP_768", 2: "MODP_1024", 5: "MODP_1536", 14: "MODP_2048", 15: "MODP_3072",
        16: "MODP_4096", 17: "MODP_6144", 18: "MODP_8192", 19: "ECP_256", 20: "ECP_384", 21: "ECP_521",
        22: "MODP_1024_160", 23: "MODP_2048_224", 24: "MODP_2048_256", 25: "ECP_192", 26: "ECP_224",
        27: "ECP_224_BP", 28: "ECP_256_BP", 29: "ECP_384_BP", 30: "ECP_512_BP", 31: "CURVE_25519",
        32: "CURVE_448", 35: "ML_KEM_512", 36: "ML_KEM_768", 37: "ML_KEM_1024",
    ]
}

extension ExtendedSequenceNumbers: CustomStringConvertible {
    package var description: String { self == .yes ? "EXT_SEQ" : "NO_EXT_SEQ" }
}

extension TransformType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .encryption: "ENCRYPTION_ALGORITHM"
        case .prf: "PSEUDO_RANDOM_FUNCTION"
        case .integrity: "INTEGRITY_ALGORITHM"
        case .keyExchange: "KEY_EXCHANGE_METHOD"
        case .extendedSequenceNumbers: "EXTENDED_SEQUENCE_NUMBERS"
        default: "ADDITIONAL_KEY_EXCHANGE_\(rawValue - 5)"
        }
    }

    /// Where the type stands in a printed proposal: integrity before the PRF, although its number is higher.
    package var printingOrder: UInt8 {
        switch self {
        case .integrity: TransformType.prf.rawValue
        case .prf: TransformType.integrity.rawValue
        default: rawValue
        }
    }
}

extension Transform: CustomStringConvertible {
    /// The algorithm's name without its key length.
    package var algorithmName: String {
        switch type {
        case .encryption: EncryptionAlgorithm(rawValue: id).description
        case .prf: PRFAlgorithm(rawValue: id).description
        case .integrity: IntegrityAlgorithm(rawValue: id).description
        case .extendedSequenceNumbers: ExtendedSequenceNumbers(rawValue: id)?.description ?? "(\(id))"
        default: KeyExchangeMethod(rawValue: id).description
        }
    }

    /// `AES_CBC_128`, `PRF_HMAC_SHA2_256`, `KE1_ML_KEM_768`.
    package var description: String {
        let prefix = type.isKeyExchange && type != .keyExchange ? "KE\(type.rawValue - 5)_" : ""
        let suffix = keyLength.map { $0 == 0 ? "" : "_\($0)" } ?? ""
        return prefix + algorithmName + suffix
    }
}

extension Proposal: CustomStringConvertible {
    /// `IKE:AES_GCM_16_128/PRF_HMAC_SHA2_256/CURVE_25519`.
    package var description: String {
        let types = Set(transforms.map(\.type)).sorted { $0.printingOrder < $1.printingOrder }
        let names = types.flatMap { type in transforms(type).map(\.description) }
        return protocolID.name + ":" + names.joined(separator: "/")
    }
}

extension Sequence where Element == Proposal {
    /// Proposals as one line of a log shows them.
    package var proposalList: String { map(\.description).joined(separator: ", ") }
}
