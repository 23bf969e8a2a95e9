/// The words of `ike=`, `esp=` and `proposals=`, and what each stands for.
package enum ProposalKeywords {
    package enum Meaning: Equatable, Sendable {
        case transform(Transform)
        /// A word that other daemons know and this one refuses; the text says why.
        case refused(String)
        case unknown(suggestion: String?)
    }

    /// What a word means. Letters may be of either case; `dh14`, `group14` and the bare IANA number name a key
    /// exchange method, `ke1_` to `ke7_` before a method makes it an additional key exchange (RFC 9370).
    package static func meaning(of word: some StringProtocol) -> Meaning {
        let word = word.lowercased()
        if let transform = table[word] { return .transform(transform) }
        if let transform = numberedMethod(word) ?? additionalKeyExchange(word) { return .transform(transform) }
        if let reason = refusal(of: word) { return .refused(reason) }
        return .unknown(suggestion: closestName(to: word, among: words))
    }

    /// Every word with a meaning, in the order of the table.
    package static let words: [String] = entries.map(\.0)

    /// The preferred word for a transform: `aes128gcm16`, `x25519`; `nil` for a number that has none.
    package static func word(for transform: Transform) -> String? {
        guard transform.type.isKeyExchange, transform.type != .keyExchange else { return preferred[transform] }
        let plain = Transform(type: .keyExchange, id: transform.id)
        return preferred[plain].map { "ke\(transform.type.rawValue - 5)_\($0)" }
    }

    private static func numberedMethod(_ word: String) -> Transform? {
        let digits = ["group", "dh"].first { word.hasPrefix($0) }.map { word.dropFirst($0.count) } ?? word[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt16(digits),
            number != 0
        else { return nil }
        let transform = Transform(type: .keyExchange, id: number)
        return preferred[transform] == nil ? nil : transform
    }

    private static func additionalKeyExchange(_ word: String) -> Transform? {
        guard word.hasPrefix("ke"), let separator = word.firstIndex(of: "_"),
            let index = UInt8(word[..<separator].dropFirst(2)), (1...7).contains(index),
            let type = TransformType(rawValue: index + 5)
        else { return nil }
        let method = String(word[word.index(after: separator)...])
        guard let transform = table[method] ?? numberedMethod(method), transform.type == .keyExchange else {
            return nil
        }
        return Transform(type: type, id: transform.id)
    }

    private static func refusal(of word: String) -> String? {
        for (prefix, reason) in refusals where word.hasPrefix(prefix) { return reason }
        return nil
    }

    /// Words that begin like this are known, and not offered.
    private static let refusals: [(String, String)] = [
        ("blowfish", "Blowfish has 64-bit blocks and is not offered; use aes128 or chacha20poly1305"),
        ("cast128", "CAST-128 has 64-bit blocks and is not offered; use aes128"),
        ("serpent", "Serpent has no number of its own in IKEv2; use aes256"),
        ("twofish", "Twofish has no number of its own in IKEv2; use aes256"),
        ("camelliaxcbc", "Camellia XCBC was never assigned a number; use sha256"),
        ("prfcamelliaxcbc", "Camellia XCBC was never assigned a number; use prfsha256"),
        ("modpnull", "modpnull exchanges no key at all; use x25519"),
        ("modpcustom", "a custom MODP group cannot be negotiated; use modp3072"),
        ("chacha20poly1305compat", "the pre-standard form with a key length is not offered; use chacha20poly1305"),
        ("ntru", "NTRU was withdrawn in favour of ML-KEM; use mlkem768"),
        ("kyber", "Kyber was replaced by its standard form; use mlkem768"),
        ("frodo", "FrodoKEM has no number in IKEv2; use mlkem768"),
        ("bike", "BIKE has no number in IKEv2; use mlkem768"),
        ("hqc", "HQC has no number in IKEv2; use mlkem768"),
        ("saber", "Saber has no number in IKEv2; use mlkem768"),
        ("sike", "SIKE is broken; use mlkem768"),
        ("newhope", "NewHope has no number in IKEv2; use mlkem768"),
    ]

    private static let table = Dictionary(entries, uniquingKeysWith: { first, _ in first })

    /// The first word of the table for each transform.
    private static let preferred = Dictionary(
        entries.map { ($0.1, $0.0) }, uniquingKeysWith: { first, _ in first })

    private static let entries: [(String, Transform)] =
        ciphers + integrityAlgorithms + functions + methods + [
            ("noesn", .extendedSequenceNumbers(.no)), ("esn", .extendedSequenceNumbers(.yes)),
        ]

    private static let ciphers: [(String, Transform)] =
        [
            ("null", .encryption(.null)), ("des", .encryption(.des)), ("3des", .encryption(.tripleDES)),
            ("chacha20poly1305", .encryption(.chacha20Poly1305)),
        ]
        + sized("aes", .aesCBC) + [("aes", .encryption(.aesCBC, 128))]
        + sized("aes", .aesCTR, ["ctr"]) + sized("aes", .aesGMAC, ["gmac"])
        + sized("aes", .aesGCM16, ["gcm16", "gcm128", "gcm"]) + sized("aes", .aesGCM12, ["gcm12", "gcm96"])
        + sized("aes", .aesGCM8, ["gcm8", "gcm64"])
        + sized("aes", .aesCCM16, ["ccm16", "ccm128", "ccm"]) + sized("aes", .aesCCM12, ["ccm12", "ccm96"])
        + sized("aes", .aesCCM8, ["ccm8", "ccm64"])
        + sized("camellia", .camelliaCBC) + [("camellia", .encryption(.camelliaCBC, 128))]
        + sized("camellia", .camelliaCTR, ["ctr"])
        + sized("camellia", .camelliaCCM16, ["ccm16", "ccm128"])
        + sized("camellia", .camelliaCCM12, ["ccm12", "ccm96"])
        + sized("camellia", .camelliaCCM8, ["ccm8", "ccm64"])

    private static func sized(
        _ family: String, _ algorithm: EncryptionAlgorithm, _ suffixes: [String] = [""]
    ) -> [(String, Transform)] {
        suffixes.flatMap { suffix in
            ([128, 192, 256] as [UInt16]).map { ("\(family)\($0)\(suffix)", .encryption(algorithm, $0)) }
        }
    }

    private static let integrityAlgorithms: [(String, Transform)] = [
        ("sha1", .integrity(.hmacSHA1_96)), ("sha", .integrity(.hmacSHA1_96)),
        ("sha1_160", .integrity(.hmacSHA1_160)),
        ("sha256", .integrity(.hmacSHA256_128)), ("sha2_256", .integrity(.hmacSHA256_128)),
        ("sha256_96", .integrity(.hmacSHA256_96)), ("sha2_256_96", .integrity(.hmacSHA256_96)),
        ("sha384", .integrity(.hmacSHA384_192)), ("sha2_384", .integrity(.hmacSHA384_192)),
        ("sha512", .integrity(.hmacSHA512_256)), ("sha2_512", .integrity(.hmacSHA512_256)),
        ("md5", .integrity(.hmacMD5_96)), ("md5_128", .integrity(.hmacMD5_128)),
        ("aesxcbc", .integrity(.aesXCBC96)), ("aescmac", .integrity(.aesCMAC96)),
    ]

    private static let functions: [(String, Transform)] = [
        ("prfsha256", .prf(.hmacSHA256)), ("prfsha384", .prf(.hmacSHA384)), ("prfsha512", .prf(.hmacSHA512)),
        ("prfsha1", .prf(.hmacSHA1)), ("prfmd5", .prf(.hmacMD5)), ("prfaesxcbc", .prf(.aesXCBC)),
        ("prfaescmac", .prf(.aesCMAC)),
    ]

    private static let methods: [(String, Transform)] = [
        ("none", .keyExchange(.none)), ("modpnone", .keyExchange(.none)),
        ("modp768", .keyExchange(.modp768)), ("modp1024", .keyExchange(.modp1024)),
        ("modp1536", .keyExchange(.modp1536)), ("modp2048", .keyExchange(.modp2048)),
        ("modp3072", .keyExchange(.modp3072)), ("modp4096", .keyExchange(.modp4096)),
        ("modp6144", .keyExchange(.modp6144)), ("modp8192", .keyExchange(.modp8192)),
        ("modp1024s160", .keyExchange(.modp1024s160)), ("modp2048s224", .keyExchange(.modp2048s224)),
        ("modp2048s256", .keyExchange(.modp2048s256)),
        ("ecp192", .keyExchange(.ecp192)), ("ecp224", .keyExchange(.ecp224)), ("ecp256", .keyExchange(.ecp256)),
        ("ecp384", .keyExchange(.ecp384)), ("ecp521", .keyExchange(.ecp521)),
        ("ecp224bp", .keyExchange(.brainpool224)), ("ecp256bp", .keyExchange(.brainpool256)),
        ("ecp384bp", .keyExchange(.brainpool384)), ("ecp512bp", .keyExchange(.brainpool512)),
        ("x25519", .keyExchange(.curve25519)), ("curve25519", .keyExchange(.curve25519)),
        ("x448", .keyExchange(.curve448)), ("curve448", .keyExchange(.curve448)),
        ("mlkem512", .keyExchange(.mlkem512)), ("mlkem768", .keyExchange(.mlkem768)),
        ("mlkem1024", .keyExchange(.mlkem1024)),
    ]
}
