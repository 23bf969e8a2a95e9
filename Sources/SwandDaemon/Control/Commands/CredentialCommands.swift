import CryptoInterface
import IKESA
package import IPsecModel
package import PKI
import VICI

/// `load-cert`, `load-key`, `load-shared`, their `unload-` and `get-` forms, `clear-creds`, `flush-certs` and
/// `list-certs`: the credentials of control clients.
package struct CredentialCommands: CommandGroup {
    private let credentials: MemoryCredentialStore
    private let authorities: AuthorityStore
    private let log: LogHub
    /// The connections in force, for the raw public keys that they name.
    private let connections: () -> [PeerConfig]

    package init(
        credentials: MemoryCredentialStore, authorities: AuthorityStore, log: LogHub,
        connections: @escaping () -> [PeerConfig] = { [] }
    ) {
        self.connections = connections
        self.credentials = credentials
        self.authorities = authorities
        self.log = log
    }

    package var commands: [ControlCommand] {
        [
            ControlCommand("load-cert") { (request) throws(CommandFailure) in try self.loadCertificate(request) },
            ControlCommand("load-key") { (request) throws(CommandFailure) in try self.loadKey(request) },
            ControlCommand("unload-key") { (request) throws(CommandFailure) in try self.unloadKey(request) },
            ControlCommand("get-keys") { (_) throws(CommandFailure) in
                self.names(self.credentials.privateKeyIdentifiers(from: .control))
            },
            ControlCommand("load-shared") { (request) throws(CommandFailure) in try self.loadShared(request) },
            ControlCommand("unload-shared") { (request) throws(CommandFailure) in try self.unloadShared(request) },
            ControlCommand("get-shared") { (_) throws(CommandFailure) in
                self.names(self.credentials.sharedKeyNames(from: .control))
            },
            ControlCommand("flush-certs") { (_) throws(CommandFailure) in self.flush() },
            ControlCommand("clear-creds") { (_) throws(CommandFailure) in self.clear() },
            ControlCommand("list-certs") { (request) throws(CommandFailure) in try self.list(request) },
        ]
    }

    private func names(_ names: [String]) -> CommandReply {
        var message = VICIMessage()
        message.list("keys", names)
        return .answer(message)
    }

    // MARK: Certificates

    private func loadCertificate(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        guard let type = request.text("type") else { throw CommandFailure("certificate type missing") }
        guard let data = request.bytes("data") else { throw CommandFailure("certificate data missing") }
        do throws(CredentialError) {
            switch type.uppercased() {
            case "X509": try load(data, flag: try flag(request) ?? .none)
            case "X509_CRL": try loadRevocationList(data)
            case "PUBKEY": try loadPublicKey(data)
            case "X509_AC", "OCSP_RESPONSE":
                throw .unreadable("certificates of type \(type.uppercased()) are not supported yet")
            default: throw .unreadable("invalid certificate type '\(type)'")
            }
            return .answer(.success)
        } catch {
            throw CommandFailure(error.description)
        }
    }

    private func flag(_ request: VICIMessage) throws(CredentialError) -> CertificateFlag? {
        guard let text = request.text("flag") else { return nil }
        guard let flag = CertificateFlag(rawValue: text.uppercased()) else {
            throw .unreadable("invalid certificate flag '\(text)'")
        }
        return flag
    }

    private func load(_ data: [UInt8], flag: CertificateFlag) throws(CredentialError) {
        for certificate in try Certificate.all(in: data) {
            try credentials.load(certificate, flag: flag, from: .control)
            log.log(.cfg, 1, "loaded certificate '\(certificate.subject)'")
        }
    }

    private func loadPublicKey(_ data: [UInt8]) throws(CredentialError) {
        do throws(CryptoError) {
            let key = try PublicKey(data: data)
            credentials.load(key, from: .control)
            log.log(.cfg, 1, "loaded \(key.kind.name) public key")
        } catch {
            throw .unreadable("parsing PUBKEY certificate failed: \(error.description)")
        }
    }

    private func loadRevocationList(_ data: [UInt8]) throws(CredentialError) {
        let list = try RevocationList(data: data)
        if credentials.load(list, from: .control) {
            log.log(.cfg, 1, "loaded CRL issued by '\(list.issuer)'")
        } else {
            log.log(.cfg, 1, "a newer CRL issued by '\(list.issuer)' is loaded already")
        }
    }

    private func flush() -> CommandReply {
        credentials.flushCache()
        return .answer(.success)
    }

    // MARK: Private keys

    /// The type is a hint that is not needed: the key says itself what it is.
    private func loadKey(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        guard request.text("type") != nil else { throw CommandFailure("private key type missing") }
        guard let data = request.bytes("data") else { throw CommandFailure("private key data missing") }
        do throws(CryptoError) {
            let key = try PrivateKey(data: data)
            let identifier = credentials.load(key, from: .control)
            log.log(.cfg, 1, "loaded \(key.kind.name) private key")
            var message = VICIMessage.success
            message.set("id", identifier)
            return .answer(message)
        } catch {
            throw CommandFailure("parsing private key failed: \(error.description)")
        }
    }

    private func unloadKey(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        guard let id = request.text("id") else { throw CommandFailure("key id missing") }
        guard credentials.unload(privateKey: id, from: .control) else { throw CommandFailure("key not found") }
        log.log(.cfg, 1, "unloaded private key with id \(id)")
        return .answer(.success)
    }

    // MARK: Shared keys

    private func loadShared(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        guard let type = request.text("type") else { throw CommandFailure("shared key type missing") }
        guard let use = SharedKey.Use(rawValue: type.uppercased()) else {
            throw CommandFailure("invalid shared key type '\(type)'")
        }
        guard let data = request.bytes("data") else { throw CommandFailure("shared key data missing") }
        let names = (request.list("owners") ?? []).map { String(decoding: $0, as: UTF8.self) }
        let id = request.text("id")
        credentials.load(
            SharedKey(
                id: id, use: use, secret: SecretBytes(copying: data), owners: names.map(Identification.init(text:))),
            from: .control)
        let owners = names.isEmpty ? "%any" : names.map { "'\($0)'" }.joined(separator: ", ")
        log.log(.cfg, 1, "loaded \(use.rawValue) shared key\(id.map { " with id '\($0)'" } ?? "") for: \(owners)")
        return .answer(.success)
    }

    private func unloadShared(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        guard let id = request.text("id") else { throw CommandFailure("shared key id missing") }
        guard credentials.unload(sharedKey: id, from: .control) else { throw CommandFailure("shared key not found") }
        log.log(.cfg, 1, "unloaded shared key with id '\(id)'")
        return .answer(.success)
    }

    private func clear() -> CommandReply {
        credentials.clear(.control)
        authorities.restore()
        log.log(.cfg, 1, "cleared all credentials of control clients")
        return .answer(.success)
    }

    // MARK: Listing

    private func list(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        let type = request.text("type")?.uppercased() ?? "ANY"
        let flag = request.text("flag")?.uppercased() ?? "ANY"
        let wanted = CertificateFlag(rawValue: flag)
        guard wanted != nil || flag == "ANY" else { throw CommandFailure("invalid certificate flag '\(flag)'") }
        var messages: [VICIMessage] = []
        if type == "ANY" || type == "X509" {
            let subject = request.text("subject").map(Identification.init(text:))
            messages += credentials.listCertificates(flag: wanted, subject: subject).map {
                Self.message($0.certificate, $0.flag, hasKey: $0.hasPrivateKey)
            }
        }
        if type == "ANY" || type == "PUBKEY", wanted == nil || wanted == CertificateFlag.none, request.text("subject") == nil {
            messages += configuredKeys()
            messages += credentials.listPublicKeys().map { Self.message($0.key.subjectPublicKeyInfo, $0.hasPrivateKey) }
        }
        if type == "ANY" || type == "X509_CRL", wanted == nil, request.text("subject") == nil {
            messages += credentials.listRevocationLists().map(Self.message)
        }
        return .listing(ControlEvent.listCertificate, of: messages) { $0 }
    }

    private static func message(_ certificate: Certificate, _ flag: CertificateFlag, hasKey: Bool) -> VICIMessage {
        var message = VICIMessage()
        message.set("type", "X509")
        message.set("flag", flag.rawValue)
        if hasKey { message.set("has_privkey", true) }
        message.set("data", bytes: certificate.der)
        return message
    }

    /// Raw public keys that connections name, each for the identity that it is for.
    private func configuredKeys() -> [VICIMessage] {
        struct Known: Hashable { let key: [UInt8], subject: String? }
        var seen: Set<Known> = []
        var messages: [VICIMessage] = []
        for peer in connections() {
            let own = peer.local.flatMap { round in
                round.publicKeys.map { Known(key: $0, subject: round.identity?.description) }
            }
            let others = peer.remote.flatMap { round in
                round.publicKeys.map { Known(key: $0, subject: round.identity == .any ? nil : round.identity.description) }
            }
            for known in own + others where seen.insert(known).inserted {
                messages.append(
                    Self.message(known.key, credentials.hasPrivateKey(of: known.key), subject: known.subject))
            }
        }
        return messages
    }

    private static func message(_ key: [UInt8], _ hasKey: Bool, subject: String? = nil) -> VICIMessage {
        var message = VICIMessage()
        message.set("type", "PUBKEY")
        message.set("flag", CertificateFlag.none.rawValue)
        if hasKey { message.set("has_privkey", true) }
        message.set("data", bytes: key)
        if let subject { message.set("subject", subject) }
        return message
    }

    private static func message(_ list: RevocationList) -> VICIMessage {
        var message = VICIMessage()
        message.set("type", "X509_CRL")
        message.set("data", bytes: list.der)
        return message
    }
}
