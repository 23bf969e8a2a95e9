/// Transform Type 1: encryption (IANA "IKEv2 Encryption Algorithm Transform IDs").
package struct EncryptionAlgorithm: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let des = Self(rawValue: 2)
    package static let tripleDES = Self(rawValue: 3)
    package static let cast = Self(rawValue: 6)
    package static let blowfish = Self(rawValue: 7)
    package static let null = Self(rawValue: 11)
    package static let aesCBC = Self(rawValue: 12)
    package static let aesCTR = Self(rawValue: 13)
    package static let aesCCM8 = Self(rawValue: 14)
    package static let aesCCM12 = Self(rawValue: 15)
    package static let aesCCM16 = Self(rawValue: 16)
    package static let aesGCM8 = Self(rawValue: 18)
    package static let aesGCM12 = Self(rawValue: 19)
    package static let aesGCM16 = Self(rawValue: 20)
    /// ENCR_NULL_AUTH_AES_GMAC
    package static let aesGMAC = Self(rawValue: 21)
    package static let camelliaCBC = Self(rawValue: 23)
    package static let camelliaCTR = Self(rawValue: 24)
    package static let camelliaCCM8 = Self(rawValue: 25)
    package static let camelliaCCM12 = Self(rawValue: 26)
    package static let camelliaCCM16 = Self(rawValue: 27)
    package static let chacha20Poly1305 = Self(rawValue: 28)
}

/// Transform Type 2: pseudo-random function.
package struct PRFAlgorithm: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let hmacMD5 = Self(rawValue: 1)
    package static let hmacSHA1 = Self(rawValue: 2)
    package static let aesXCBC = Self(rawValue: 4)
    package static let hmacSHA256 = Self(rawValue: 5)
    package static let hmacSHA384 = Self(rawValue: 6)
    package static let hmacSHA512 = Self(rawValue: 7)
    package static let aesCMAC = Self(rawValue: 8)
}

/// Transform Type 3: integrity.
package struct IntegrityAlgorithm: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let none = Self(rawValue: 0)
    package static let hmacMD5_96 = Self(rawValue: 1)
    package static let hmacSHA1_96 = Self(rawValue: 2)
    package static let aesXCBC96 = Self(rawValue: 5)
    package static let hmacMD5_128 = Self(rawValue: 6)
    package static let hmacSHA1_160 = Self(rawValue: 7)
    package static let aesCMAC96 = Self(rawValue: 8)
    package static let aesGMAC128 = Self(rawValue: 9)
    package static let aesGMAC192 = Self(rawValue: 10)
    package static let aesGMAC256 = Self(rawValue: 11)
    package static let hmacSHA256_128 = Self(rawValue: 12)
    package static let hmacSHA384_192 = Self(rawValue: 13)
    package static let hmacSHA512_256 = Self(rawValue: 14)
    /// Private use: HMAC-SHA-256 cut to 96 bits, as kernels before 2.6.33 did (`sha256_96`).
    package static let hmacSHA256_96 = Self(rawValue: 1026)
}

/// Transform Type 4 (and 6 to 12): key exchange method.
package struct KeyExchangeMethod: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let none = Self(rawValue: 0)
    package static let modp768 = Self(rawValue: 1)
    package static let modp1024 = Self(rawValue: 2)
    package static let modp1536 = Self(rawValue: 5)
    package static let modp2048 = Self(rawValue: 14)
    package static let modp3072 = Self(rawValue: 15)
    package static let modp4096 = Self(rawValue: 16)
    package static let modp6144 = Self(rawValue: 17)
    package static let modp8192 = Self(rawValue: 18)
    package static let ecp256 = Self(rawValue: 19)
    package static let ecp384 = Self(rawValue: 20)
    package static let ecp521 = Self(rawValue: 21)
    package static let modp1024s160 = Self(rawValue: 22)
    package static let modp2048s224 = Self(rawValue: 23)
    package static let modp2048s256 = Self(rawValue: 24)
    package static let ecp192 = Self(rawValue: 25)
    package static let ecp224 = Self(rawValue: 26)
    package static let brainpool224 = Self(rawValue: 27)
    package static let brainpool256 = Self(rawValue: 28)
    package static let brainpool384 = Self(rawValue: 29)
    package static let brainpool512 = Self(rawValue: 30)
    package static let curve25519 = Self(rawValue: 31)
    package static let curve448 = Self(rawValue: 32)
    package static let mlkem512 = Self(rawValue: 35)
    package static let mlkem768 = Self(rawValue: 36)
    package static let mlkem1024 = Self(rawValue: 37)
}

/// Transform Type 5 (RFC 7296 §3.3.2).
package enum ExtendedSequenceNumbers: UInt16, Sendable {
    case no = 0
    case yes = 1
}
