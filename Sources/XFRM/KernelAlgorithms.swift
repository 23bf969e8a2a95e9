package import IPsecModel

/// What the kernel calls the algorithms of ESP, AH and IPComp.
package enum KernelAlgorithm {
    package struct AEAD: Hashable, Sendable {
        package let name: String
        package let icvBits: UInt32
    }

    package struct MAC: Hashable, Sendable {
        package let name: String
        /// Bits that are sent of the MAC.
        package let truncatedBits: UInt32
    }

    /// A plain cipher's name; `nil`: the kernel has no such cipher, or it is an AEAD.
    package static func cipher(_ algorithm: EncryptionAlgorithm) -> String? { ciphers[algorithm] }

    /// An AEAD's name and the length of its ICV. Its key ends with the salt, as KEYMAT has it.
    package static func aead(_ algorithm: EncryptionAlgorithm) -> AEAD? { aeads[algorithm] }

    package static func mac(_ algorithm: IntegrityAlgorithm) -> MAC? { macs[algorithm] }

    /// IPComp's DEFLATE (RFC 2394), the only algorithm that is negotiated.
    package static let deflate = "deflate"

    private static let ciphers: [EncryptionAlgorithm: String] = [
        .des: "cbc(des)",
        .tripleDES: "cbc(des3_ede)",
        .cast: "cbc(cast5)",
        .blowfish: "cbc(blowfish)",
        .null: "ecb(cipher_null)",
        .aesCBC: "cbc(aes)",
        .aesCTR: "rfc3686(ctr(aes))",
        .camelliaCBC: "cbc(camellia)",
    ]

    private static let aeads: [EncryptionAlgorithm: AEAD] = [
        .aesCCM8: AEAD(name: "rfc4309(ccm(aes))", icvBits: 64),
        .aesCCM12: AEAD(name: "rfc4309(ccm(aes))", icvBits: 96),
        .aesCCM16: AEAD(name: "rfc4309(ccm(aes))", icvBits: 128),
        .aesGCM8: AEAD(name: "rfc4106(gcm(aes))", icvBits: 64),
        .aesGCM12: AEAD(name: "rfc4106(gcm(aes))", icvBits: 96),
        .aesGCM16: AEAD(name: "rfc4106(gcm(aes))", icvBits: 128),
        .aesGMAC: AEAD(name: "rfc4543(gcm(aes))", icvBits: 128),
        .chacha20Poly1305: AEAD(name: "rfc7539esp(chacha20,poly1305)", icvBits: 128),
    ]

    private static let macs: [IntegrityAlgorithm: MAC] = [
        .hmacMD5_96: MAC(name: "hmac(md5)", truncatedBits: 96),
        .hmacMD5_128: MAC(name: "hmac(md5)", truncatedBits: 128),
        .hmacSHA1_96: MAC(name: "hmac(sha1)", truncatedBits: 96),
        .hmacSHA1_160: MAC(name: "hmac(sha1)", truncatedBits: 160),
        .aesXCBC96: MAC(name: "xcbc(aes)", truncatedBits: 96),
        .aesCMAC96: MAC(name: "cmac(aes)", truncatedBits: 96),
        .hmacSHA256_96: MAC(name: "hmac(sha256)", truncatedBits: 96),
        .hmacSHA256_128: MAC(name: "hmac(sha256)", truncatedBits: 128),
        .hmacSHA384_192: MAC(name: "hmac(sha384)", truncatedBits: 192),
        .hmacSHA512_256: MAC(name: "hmac(sha512)", truncatedBits: 256),
    ]
}
