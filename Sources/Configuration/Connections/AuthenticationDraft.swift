import IPsecModel

/// One `local<suffix>` or `remote<suffix>` section while its keys are read.
struct AuthenticationDraft {
    /// The section's name, for messages.
    let path: String
    let environment: ConfigurationEnvironment
    let files: any ConfigurationFiles
    private(set) var warnings: [String] = []

    init(path: String, environment: ConfigurationEnvironment, files: any ConfigurationFiles) {
        self.path = path
        self.environment = environment
        self.files = files
    }

    mutating func readLocal(_ node: ConfigurationNode) throws(ConnectionLoadError) -> LocalAuthentication {
        var result = LocalAuthentication()
        for item in node.items {
            let key = "\(path).\(item.key)"
            do throws(ValueError) {
                if try applyLocal(item, to: &result) {
                    warnIfIneffective(item)
                    continue
                }
            } catch {
                throw .invalid(key, error, value: Self.quotable(item))
            }
            throw .unknown(key, what: "option", among: Self.localKeys)
        }
        warnAboutMethod(result.method)
        return result
    }

    mutating func readRemote(_ node: ConfigurationNode) throws(ConnectionLoadError) -> RemoteAuthentication {
        var result = RemoteAuthentication()
        for item in node.items {
            let key = "\(path).\(item.key)"
            do throws(ValueError) {
                if try applyRemote(item, to: &result) {
                    warnIfIneffective(item)
                    continue
                }
            } catch {
                throw .invalid(key, error, value: Self.quotable(item))
            }
            throw .unknown(key, what: "option", among: Self.remoteKeys)
        }
        warnAboutMethod(result.method)
        return result
    }

    private static let localKeys = [
        "round", "certs", "cert", "pubkeys", "auth", "id", "eap_id", "aaa_id", "xauth_id",
    ]
    private static let remoteKeys = [
        "round", "id", "eap_id", "groups", "cert_policy", "certs", "cert", "cacerts", "cacert", "ca_id", "pubkeys",
        "revocation", "auth",
    ]

    private mutating func applyLocal(
        _ item: ConfigurationNode.Item, to result: inout LocalAuthentication
    ) throws(ValueError) -> Bool {
        let text = item.content.text
        switch item.key {
        case "round": result.round = Int(try Value.number(text) as UInt16)
        case "auth":
            let authentication = try Value.authentication(text)
            (result.method, result.schemes) = (authentication.method, authentication.schemes)
        case "id": result.identity = try ownIdentity(text)
        case "eap_id": result.eapIdentity = try identity(text)
        case "aaa_id": result.aaaIdentity = try identity(text)
        case "xauth_id": result.xauthIdentity = text
        case "certs": result.certificates += try certificates(item)
        case "pubkeys": result.publicKeys += try publicKeys(item)
        case let key where key.hasPrefix("cert"):
            guard case .section(let node) = item.content else { return false }
            result.certificates += try certificate(node, key: key)
        default: return false
        }
        return true
    }

    private mutating func applyRemote(
        _ item: ConfigurationNode.Item, to result: inout RemoteAuthentication
    ) throws(ValueError) -> Bool {
        let text = item.content.text
        switch item.key {
        case "round": result.round = Int(try Value.number(text) as UInt16)
        case "auth":
            let authentication = try Value.authentication(text)
            (result.method, result.schemes) = (authentication.method, authentication.schemes)
        case "id": result.identity = try environment.identityPattern(text)
        case "eap_id": result.eapIdentity = try identity(text)
        case "groups": result.groups = item.content.texts ?? []
        case "cert_policy": result.certificatePolicies = item.content.texts ?? []
        case "certs": result.certificates += try certificates(item)
        case "cacerts": result.authorities += try certificates(item)
        case "ca_id": result.authorityIdentity = try identity(text)
        case "pubkeys": result.publicKeys += try publicKeys(item)
        case "revocation":
            result.revocation = try Value.word(text, ["strict": .strict, "ifuri": .ifURI, "relaxed": .relaxed])
        case let key where key.hasPrefix("cacert"):
            guard case .section(let node) = item.content else { return false }
            result.authorities += try certificate(node, key: key)
        case let key where key.hasPrefix("cert"):
            guard case .section(let node) = item.content else { return false }
            result.certificates += try certificate(node, key: key)
        default: return false
        }
        return true
    }

    private mutating func warnAboutMethod(_ method: AuthenticationMethod) {
        switch method {
        case .eap: warnings.append("'\(path).auth': EAP has no effect yet; the connection cannot be used")
        case .xauth: warnings.append("'\(path).auth': XAuth has no effect yet; the connection cannot be used")
        case .pubkey, .psk: break
        }
    }

    private mutating func warnIfIneffective(_ item: ConfigurationNode.Item) {
        guard IneffectiveKeys.authentication.contains(item.key) else { return }
        warnings.append("'\(path).\(item.key)' has no effect yet")
    }

    /// What a message may show of a value: not the bytes of a certificate.
    private static func quotable(_ item: ConfigurationNode.Item) -> [String] {
        ["certs", "cacerts", "pubkeys"].contains(item.key) ? ["…"] : item.content.texts ?? []
    }

    private func identity(_ text: String) throws(ValueError) -> Identification {
        guard let identity = environment.identify(text) else { throw ValueError("is no identity") }
        return identity
    }

    private func ownIdentity(_ text: String) throws(ValueError) -> Identification? {
        let identity = try identity(text)
        return identity.kind == .any ? nil : identity
    }

    private func certificates(_ item: ConfigurationNode.Item) throws(ValueError) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for blob in item.content.blobs ?? [] {
            let found = Encoded.certificates(blob)
            guard !found.isEmpty else { throw ValueError("is no certificate in DER or PEM") }
            result += found
        }
        return result
    }

    private func publicKeys(_ item: ConfigurationNode.Item) throws(ValueError) -> [[UInt8]] {
        try (item.content.blobs ?? []).mapValues { blob throws(ValueError) in
            guard let key = Encoded.publicKey(blob) else { throw ValueError("is no public key in DER or PEM") }
            return key
        }
    }

    /// `cert<suffix> { file = … }`. A missing file costs the certificate, not the connection.
    private mutating func certificate(_ node: ConfigurationNode, key: String) throws(ValueError) -> [[UInt8]] {
        var result: [[UInt8]] = []
        for item in node.items {
            let text = item.content.text
            switch item.key {
            case "file":
                do throws(FileFailure) {
                    let found = Encoded.certificates(try files.read(text))
                    if found.isEmpty { warnings.append("'\(path).\(key).file': \(text) holds no certificate") }
                    result += found
                } catch {
                    warnings.append("'\(path).\(key).file': \(text) cannot be read: \(error.reason)")
                }
            case "handle", "slot", "module":
                throw ValueError("'\(item.key)' names a certificate on a token, and tokens are not offered")
            default: throw ValueError("'\(item.key)' is not a key of a certificate", suggestion: "use 'file'")
            }
        }
        return result
    }
}
