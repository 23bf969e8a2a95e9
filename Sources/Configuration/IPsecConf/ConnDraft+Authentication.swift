import IPsecModel

extension ConnDraft {
    mutating func readAuthentication(local: ConnEnd, remote: ConnEnd, isShunt: Bool) {
        let common = readAuthBy(isShunt: isShunt)
        let localFirst = local.authentication ?? common.first
        let remoteFirst = remote.authentication ?? common.first
        var ours = [self.local(local, localFirst, isSecond: false)]
        var theirs = [self.remote(remote, remoteFirst, other: local, isSecond: false)]
        let isServer = reader.text("xauth") == "server"
        if let second = local.authentication2 ?? (isServer ? nil : common.second) {
            ours.append(self.local(local, second, isSecond: true))
        }
        if let second = remote.authentication2 ?? (isServer ? common.second : nil) {
            theirs.append(self.remote(remote, second, other: local, isSecond: true))
        }
        warnAbout(localFirst.method, key: local.authentication == nil ? "authby" : local.key("auth"))
        warnAbout(remoteFirst.method, key: remote.authentication == nil ? "authby" : remote.key("auth"))
        if ours.count > 1 || theirs.count > 1 {
            let key = ["leftauth2", "rightauth2"].first { reader.entry($0) != nil } ?? "authby"
            reader.warn(
                key, "'\(key)': several authentication rounds have no effect yet; the connection cannot be used")
        }
        setRounds(local: ours, remote: theirs)
    }

    /// `authby` is the older way to say both `leftauth` and `rightauth`.
    private mutating func readAuthBy(
        isShunt: Bool
    ) -> (first: Value.Authentication, second: Value.Authentication?) {
        let pubkey = Value.Authentication(method: .pubkey)
        let psk = Value.Authentication(method: .psk)
        let xauth = Value.Authentication(method: .xauth(""))
        let word = reader.value("authby", "pubkey") { text throws(ValueError) in
            // `secret|rsasig` offered either; the first one is what we can do of it.
            let first = text.split(whereSeparator: { $0 == "|" || $0 == "," }).first.map { String($0.trimmed) } ?? ""
            let words = Self.authByWords
            guard words.contains(first) else { throw ValueError(first, notIn: words) }
            return first
        }
        switch word {
        case "psk", "secret": return (psk, nil)
        case "xauthpsk": return (psk, xauth)
        case "xauthrsasig": return (pubkey, xauth)
        case "never":
            if !isShunt {
                reader.warn("authby", "'authby=never' is for connections of type passthrough and drop")
            }
            return (pubkey, nil)
        default: return (pubkey, nil)
        }
    }

    private static let authByWords = [
        "pubkey", "psk", "secret", "rsa", "rsasig", "ecdsa", "ecdsasig", "never", "xauthpsk", "xauthrsasig",
    ]

    private mutating func warnAbout(_ method: AuthenticationMethod, key: String) {
        switch method {
        case .eap: reader.warn(key, "'\(key)': EAP has no effect yet; the connection cannot be used")
        case .xauth: reader.warn(key, "'\(key)': XAuth has no effect yet; the connection cannot be used")
        case .pubkey, .psk: break
        }
    }

    private mutating func local(
        _ end: ConnEnd, _ authentication: Value.Authentication, isSecond: Bool
    ) -> LocalAuthentication {
        var result = LocalAuthentication()
        result.round = isSecond ? 1 : 0
        (result.method, result.schemes) = (authentication.method, authentication.schemes)
        let names = isSecond ? end.certificates2 : end.certificates
        result.certificates = certificates(names, key: end.key(isSecond ? "cert2" : "cert"))
        if !isSecond { result.publicKeys = publicKeys(end) }
        let key = end.key(isSecond && end.identity2 != nil ? "id2" : "id")
        warnOfAddress(key)
        if let text = (isSecond ? end.identity2 : nil) ?? end.identity {
            result.identity = identity(text, key: key).flatMap { $0.kind == .any ? nil : $0 }
            if let first = result.certificates.first, let identity = result.identity {
                result.identity = confirmed(identity, by: first, key: key)
            }
        } else if names == nil, case .name(let name) = end.onlyHost {
            result.identity = environment.identify(name)
        }
        result.eapIdentity = readIdentity("eap_identity")
        result.aaaIdentity = readIdentity("aaa_identity")
        result.xauthIdentity = reader.text("xauth_identity")
        return result
    }

    /// The identity, or none where the certificate does not speak for it: the peer would not believe it, so the subject
    /// stands in, as with charon.
    private mutating func confirmed(
        _ identity: Identification, by certificate: [UInt8], key: String
    ) -> Identification? {
        guard !environment.certificateConfirms(certificate, identity) else { return identity }
        let subject = environment.certificateSubject(certificate).map { "\($0)" } ?? "subject"
        reader.warn(
            key, "'\(key)': id '\(identity)' not confirmed by certificate, defaulting to '\(subject)'")
        return nil
    }

    private mutating func remote(
        _ end: ConnEnd, _ authentication: Value.Authentication, other: ConnEnd, isSecond: Bool
    ) -> RemoteAuthentication {
        var result = RemoteAuthentication()
        result.round = isSecond ? 1 : 0
        (result.method, result.schemes) = (authentication.method, authentication.schemes)
        result.revocation = setup.revocation
        result.groups = isSecond ? end.groups2 : end.groups
        result.certificatePolicies = end.certificatePolicies
        let names = isSecond ? end.certificates2 : end.certificates
        result.certificates = certificates(names, key: end.key(isSecond ? "cert2" : "cert"))
        if !isSecond { result.publicKeys = publicKeys(end) }
        result.identity = isSecond ? pattern(second: end) : pattern(first: end, certificates: result.certificates)
        let authority = isSecond ? end.authority2 : end.authority
        let key = end.key(isSecond ? "ca2" : "ca")
        let same = isSecond ? other.authority2 : other.authority
        if let name = authority == "%same" ? same : authority, name != "%any" {
            result.authorityIdentity = identity(name, key: key)
        }
        return result
    }

    /// The peer's identity: as configured, else the subject of its certificate, else its address or name.
    private mutating func pattern(first end: ConnEnd, certificates: [[UInt8]]) -> IdentityPattern {
        if end.identity != nil { return pattern(key: end.key("id")) }
        if let first = certificates.first {
            return environment.certificateSubject(first).map { .identity($0) } ?? .any
        }
        switch end.onlyHost {
        case .address(let address): return .identity(Identification(address: address))
        case .name(let name): return environment.identify(name).map { .identity($0) } ?? .any
        default: return .any
        }
    }

    private mutating func pattern(second end: ConnEnd) -> IdentityPattern { pattern(key: end.key("id2")) }

    private mutating func pattern(key: String) -> IdentityPattern {
        let environment = environment
        warnOfAddress(key)
        return reader.value(key, .any) { text throws(ValueError) in
            if text == "%any6" { return .any }
            // A leading % let charon's initiator accept any identity of the responder during selection; the identity
            // itself is meant all the same.
            let isLoose = text.hasPrefix("%") && text != "%any"
            return try environment.identityPattern(isLoose ? String(text.dropFirst()) : text)
        }
    }

    /// `@192.0.2.1` is a host name that no certificate and no peer has.
    private mutating func warnOfAddress(_ key: String) {
        guard let text = reader.text(key), text.hasPrefix("@"), IPAddress(text.dropFirst()) != nil else { return }
        reader.warn(
            key, "'\(key)': '\(text)' is a host name that looks like an address",
            suggestion: "write \(text.dropFirst()) for the address")
    }

    private mutating func readIdentity(_ key: String) -> Identification? {
        guard let text = reader.text(key), text != "%identity", text != "%any" else { return nil }
        return identity(text, key: key)
    }

    private mutating func identity(_ text: String, key: String) -> Identification? {
        let plain = text.hasPrefix("%") && !text.hasPrefix("%any") ? String(text.dropFirst()) : text
        if let identity = environment.identify(plain) { return identity }
        if let entry = reader.entry(key) {
            reader.report(
                ValueError(
                    "is no identity", suggestion: "a distinguished name is written as \"C=CH, O=Example, CN=gw\""),
                of: entry)
        }
        return nil
    }

    private mutating func certificates(_ names: String?, key: String) -> [[UInt8]] {
        guard let names else { return [] }
        var loader = CertificateFiles(files: files, folder: directories.certificates)
        let result = loader.certificates(names)
        for warning in loader.warnings { reader.warn(key, "'\(key)': \(warning)") }
        return result
    }

    /// `leftsigkey`: an RFC 3110 key behind `0s` or `0x` (or `dns:`), or a file with a public key.
    private mutating func publicKeys(_ end: ConnEnd) -> [[UInt8]] {
        guard let text = end.signatureKey, let entry = reader.entry(end.key("sigkey")) else { return [] }
        if text.hasPrefix("ssh:") || text.hasPrefix("pgp:") {
            reader.report(
                ValueError("is a key in a format that is not offered", suggestion: "use dns: or a PEM file"), of: entry)
            return []
        }
        let plain = text.hasPrefix("dns:") ? text.dropFirst(4) : text[...]
        if let bytes = EncodedText.bytes(plain) {
            guard let key = Encoded.rsaPublicKey(dns: bytes) else {
                reader.report(ValueError("is no RSA public key in the format of RFC 3110"), of: entry)
                return []
            }
            return [key]
        }
        let path = IPsecDirectories.path(plain, in: directories.certificates)
        var loader = CertificateFiles(files: files, folder: directories.certificates)
        let key = loader.read(path).flatMap { Encoded.publicKey($0) }
        if key == nil {
            let reason = loader.warnings.first ?? "\(path) holds no public key"
            reader.warn(entry.key, "'\(entry.key)': \(reason)")
        }
        return key.map { [$0] } ?? []
    }
}

/// `0x` hexadecimal and `0s` base64.
enum EncodedText {
    /// `nil` for text with neither prefix, or with characters that do not belong there.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        let prefix = text.prefix(2).lowercased()
        let body = text.dropFirst(2)
        switch prefix {
        case "0x": return hexadecimal(body.utf8.filter { $0 != 0x5f })
        case "0s": return Encoded.base64(body.utf8)
        default: return nil
        }
    }

    private static func hexadecimal(_ digits: [UInt8]) -> [UInt8]? {
        guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        case 97...102: digit - 87
        default: nil
        }
    }
}
