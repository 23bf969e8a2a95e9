import IPsecModel

extension Value {
    /// How a round authenticates, with the constraints that the text puts on keys and hashes.
    struct Authentication: Equatable {
        var method: AuthenticationMethod
        var schemes: [SignatureConstraint] = []
    }

    /// `pubkey`, `psk`, `rsa-2048-sha256`, `ecdsa-256`, `ike:rsa/pss-sha256`, `eap-mschapv2`, `xauth-generic`, `any`.
    static func authentication(_ text: some StringProtocol) throws(ValueError) -> Authentication {
        let text = text.trimmed.lowercased()
        switch text {
        case "psk", "secret": return Authentication(method: .psk)
        case "pubkey", "any", "": return Authentication(method: .pubkey)
        case "eap": return Authentication(method: .eap(""))
        case "xauth": return Authentication(method: .xauth(""))
        default: break
        }
        if text.hasPrefix("eap-") {
            let name = text.dropFirst(4).prefix { $0 != ":" }
            return Authentication(method: .eap(String(name)))
        }
        if text.hasPrefix("xauth-") { return Authentication(method: .xauth(String(text.dropFirst(6)))) }
        var schemes: [SignatureConstraint] = []
        for part in list(text) { schemes += try constraints(part) }
        return Authentication(method: .pubkey, schemes: schemes)
    }

    /// Key types, each with its least size and its hashes, joined by hyphens; hashes alone hold for every key. `ike:`
    /// stands before a key type and holds up to the next one: `pubkey-sha256-ike:rsa/pss-sha512`.
    static func constraints(_ text: String) throws(ValueError) -> [SignatureConstraint] {
        var result: [SignatureConstraint] = []
        for token in text.split(separator: "-") {
            let onlyIKE = token.hasPrefix("ike:")
            let word = String(onlyIKE ? token.dropFirst(4) : token)
            if let key = constraintKeys[word] {
                result.append(SignatureConstraint(key: key, onlyIKE: onlyIKE))
            } else if hashNames.contains(word) {
                if result.isEmpty || onlyIKE { result.append(SignatureConstraint(key: .any, onlyIKE: onlyIKE)) }
                result[result.count - 1].hashes.append(word)
            } else if let bits = UInt16(digits: token, radix: 10), let last = result.indices.last {
                result[last].leastBits = Int(bits)
            } else {
                throw unknownToken(token)
            }
        }
        // `pubkey` alone constrains nothing.
        return result.filter { $0.key != .any || $0.leastBits > 0 || !$0.hashes.isEmpty }
    }

    private static func unknownToken(_ token: Substring) -> ValueError {
        let known = constraintKeys.keys.sorted() + hashNames + ["psk", "eap", "xauth"]
        return ValueError(
            "'\(token)' is no authentication method, key type or hash",
            suggestion: closestName(to: token, among: known).map { "did you mean '\($0)'?" })
    }

    private static let constraintKeys: [String: SignatureConstraint.Key] = [
        "pubkey": .any, "rsa": .rsa, "rsa/pss": .rsaPSS, "ecdsa": .ecdsa, "ed25519": .ed25519, "ed448": .ed448,
    ]

    private static let hashNames = [
        "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "identity", "sha3_224", "sha3_256", "sha3_384",
        "sha3_512",
    ]
}
