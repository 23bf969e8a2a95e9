package import IPsecModel

/// The cipher and MAC of an IKE_SA with the sizes that laying out a message needs.
package struct MessageProtection: Hashable, Sendable {
    package let encryption: EncryptionAlgorithm
    /// Bits.
    package let keyLength: UInt16
    /// `nil` with an AEAD cipher.
    package let integrity: IntegrityAlgorithm?

    package init(encryption: EncryptionAlgorithm, keyLength: UInt16, integrity: IntegrityAlgorithm?) {
        self.encryption = encryption
        self.keyLength = keyLength
        self.integrity = encryption.isAEAD ? nil : integrity
    }

    /// What an IKE proposal with one transform of each type stands for; `nil` where it lacks one.
    package init?(_ proposal: Proposal) {
        guard let transform = proposal.encryption else { return nil }
        let encryption = EncryptionAlgorithm(rawValue: transform.id)
        guard encryption.isAEAD || proposal.integrity != nil else { return nil }
        self.init(
            encryption: encryption, keyLength: transform.keyLength ?? encryption.fixedKeyLength ?? 0,
            integrity: proposal.integrity)
    }

    /// Octets of SK_e, salt included.
    package var encryptionKeyBytes: Int { Int(keyLength) / 8 + encryption.saltBytes }
    /// Octets of SK_a.
    package var integrityKeyBytes: Int { integrity?.keyBytes ?? 0 }
    package var ivBytes: Int { encryption.ivBytes }
    package var icvBytes: Int { integrity?.icvBytes ?? encryption.tagBytes }
    /// Octets to which plaintext, padding and pad length must add up.
    package var blockBytes: Int { encryption.blockBytes }
}

extension EncryptionAlgorithm {
    package var isAEAD: Bool { tagBytes > 0 }

    /// Octets of the authentication tag of an AEAD cipher, else 0.
    package var tagBytes: Int {
        switch self {
        case .aesGCM8, .aesCCM8, .camelliaCCM8: 8
        case .aesGCM12, .aesCCM12, .camelliaCCM12: 12
        case .aesGCM16, .aesCCM16, .camelliaCCM16, .aesGMAC, .chacha20Poly1305: 16
        default: 0
        }
    }

    /// Octets taken from the end of the keying material as salt or nonce (RFC 5282, 5930, 7634).
    package var saltBytes: Int {
        switch self {
        case .aesGCM8, .aesGCM12, .aesGCM16, .aesGMAC, .chacha20Poly1305, .aesCTR, .camelliaCTR: 4
        case .aesCCM8, .aesCCM12, .aesCCM16, .camelliaCCM8, .camelliaCCM12, .camelliaCCM16: 3
        default: 0
        }
    }

    /// Octets of the IV on the wire.
    package var ivBytes: Int {
        switch self {
        case .aesCBC, .camelliaCBC: 16
        case .null: 0
        default: 8
        }
    }

    package var blockBytes: Int {
        switch self {
        case .aesCBC, .camelliaCBC: 16
        case .tripleDES, .des, .blowfish, .cast: 8
        default: 1
        }
    }

    /// Bits, for ciphers whose number says their key length; they carry no key length attribute.
    package var fixedKeyLength: UInt16? {
        switch self {
        case .chacha20Poly1305: 256
        case .tripleDES: 192
        case .des: 64
        case .null: 0
        default: nil
        }
    }
}

extension IntegrityAlgorithm {
    /// Octets of the key (RFC 7296 §2.13: the preferred size of the MAC).
    package var keyBytes: Int {
        switch self {
        case .hmacMD5_96, .hmacMD5_128, .aesXCBC96, .aesCMAC96, .aesGMAC128: 16
        case .hmacSHA1_96, .hmacSHA1_160: 20
        case .aesGMAC192: 24
        case .hmacSHA256_128, .hmacSHA256_96, .aesGMAC256: 32
        case .hmacSHA384_192: 48
        case .hmacSHA512_256: 64
        default: 0
        }
    }

    /// Octets on the wire.
    package var icvBytes: Int {
        switch self {
        case .hmacMD5_96, .hmacSHA1_96, .aesXCBC96, .aesCMAC96, .hmacSHA256_96: 12
        case .hmacMD5_128, .hmacSHA256_128, .aesGMAC128, .aesGMAC192, .aesGMAC256: 16
        case .hmacSHA1_160: 20
        case .hmacSHA384_192: 24
        case .hmacSHA512_256: 32
        default: 0
        }
    }
}

extension PRFAlgorithm {
    /// Octets of output, which is also the preferred key size.
    package var outputBytes: Int {
        switch self {
        case .hmacMD5, .aesXCBC, .aesCMAC: 16
        case .hmacSHA1: 20
        case .hmacSHA256: 32
        case .hmacSHA384: 48
        case .hmacSHA512: 64
        default: 0
        }
    }

    /// The PRF that goes with an integrity algorithm where a configuration names none.
    package init?(matching integrity: IntegrityAlgorithm) {
        switch integrity {
        case .hmacMD5_96, .hmacMD5_128: self = .hmacMD5
        case .hmacSHA1_96, .hmacSHA1_160: self = .hmacSHA1
        case .hmacSHA256_128, .hmacSHA256_96: self = .hmacSHA256
        case .hmacSHA384_192: self = .hmacSHA384
        case .hmacSHA512_256: self = .hmacSHA512
        case .aesXCBC96: self = .aesXCBC
        case .aesCMAC96: self = .aesCMAC
        default: return nil
        }
    }
}
