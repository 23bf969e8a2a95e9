import Configuration
import CryptoInterface
import PKI
import VICI

/// Makes the daemon know exactly the certificates, keys and secrets of the `swanctl` folder and file.
struct CredentialLoader {
    private let context: CommandContext
    private let client: ControlClient
    private let folders: SwanctlFolders
    private let secrets: [SettingsSection]
    /// Identifiers that the daemon has and that were not seen again yet.
    private var staleKeys: Set<String> = []
    private var staleShared: Set<String> = []
    private var loaded = 0
    private var failed = 0

    private init(_ context: CommandContext, root: SettingsSection) throws(ControlError) {
        self.context = context
        folders = context.folders
        client = try context.client()
        secrets = root.section("secrets")?.sections ?? []
    }

    /// - Throws: ``ControlError/incomplete(_:)`` when something was refused. Keys are unloaded only when all keys could
    ///   be loaded: the identifier of one that could not is unknown.
    static func load(from root: SettingsSection, in context: CommandContext) throws(ControlError) {
        var loader = try CredentialLoader(context, root: root)
        try loader.run()
    }

    private mutating func run() throws(ControlError) {
        if context.options.has("clear") {
            try client.perform("clear-creds")
        } else {
            staleKeys = Set(try client.perform("get-keys").strings("keys") ?? [])
            staleShared = Set(try client.perform("get-shared").strings("keys") ?? [])
        }
        for kind in CertificateFolder.all { try loadCertificates(kind) }
        for kind in KeyFolder.all { try loadKeys(kind) }
        for secret in secrets { try loadSecret(secret) }
        try unloadStale()
        guard failed == 0 else {
            throw .incomplete("loaded \(loaded) credentials, \(failed) failed to load")
        }
    }

    private mutating func unloadStale() throws(ControlError) {
        if failed == 0 {
            for id in staleKeys.sorted() { try send("unload-key", ["id": id], what: "key '\(id)'", done: nil) }
        }
        for id in staleShared.sorted() {
            try send("unload-shared", ["id": id], what: "shared secret '\(id)'", done: nil)
        }
    }
}

// MARK: Certificates

extension CredentialLoader {
    private mutating func loadCertificates(_ kind: CertificateFolder) throws(ControlError) {
        for path in FileSystem.files(in: folders.folder(kind.folder)) {
            guard let data = read(path) else { continue }
            var message = VICIMessage()
            message.set("type", kind.type)
            message.set("flag", ifPresent: kind.flag)
            message.set("data", bytes: data)
            try send("load-cert", message, what: "certificate '\(path)'", done: "loaded certificate from '\(path)'")
        }
    }
}

// MARK: Private keys

extension CredentialLoader {
    private mutating func loadKeys(_ kind: KeyFolder) throws(ControlError) {
        for path in FileSystem.files(in: folders.folder(kind.folder)) {
            guard let data = read(path) else { continue }
            guard kind.type != "pkcs12" else {
                try loadContainer(data, path, kind)
                continue
            }
            guard let key = readable(data, path, kind) else { continue }
            try sendKey(key, type: kind.type, path)
        }
    }

    /// What the daemon can read: the file itself, or what its passphrase opens. The daemon is never told a passphrase.
    private mutating func readable(_ data: [UInt8], _ path: String, _ kind: KeyFolder) -> [UInt8]? {
        let reader = EncryptedKey(data)
        guard reader.needsPassphrase else { return data }
        guard let passphrase = passphrase(for: path, in: kind) else {
            complain("key '\(path)'", "it is encrypted and no secret with 'file = \(name(of: path))' is given")
            return nil
        }
        do throws(CryptoError) {
            return try reader.decrypted(passphrase)
        } catch {
            complain("key '\(path)'", error.description)
            return nil
        }
    }

    private mutating func sendKey(_ data: [UInt8], type: String, _ path: String) throws(ControlError) {
        var message = VICIMessage()
        message.set("type", type)
        message.set("data", bytes: data)
        let name = type == "any" ? "private" : type
        let response = try send(
            "load-key", message, what: "key '\(path)'", done: "loaded \(name) key from '\(path)'")
        if let id = response?.string("id") { staleKeys.remove(id) }
    }

    /// A PKCS #12 container: its key, its certificates, and the CAs above as trusted ones.
    private mutating func loadContainer(_ data: [UInt8], _ path: String, _ kind: KeyFolder) throws(ControlError) {
        guard let passphrase = passphrase(for: path, in: kind) else {
            complain("container '\(path)'", "no secret with 'file = \(name(of: path))' is given")
            return
        }
        let contents: [UInt8]?
        let container: PKCS12Container
        do throws(CryptoError) {
            container = try PKCS12Container(data: data, passphrase: passphrase)
            contents = try container.privateKey?.pkcs8Encoding().withUnsafeBytes { Array($0) }
        } catch {
            return complain("container '\(path)'", error.description)
        }
        for certificate in container.certificates {
            var message = VICIMessage()
            message.set("type", "X509")
            message.set("flag", certificate.isCA ? "CA" : "NONE")
            message.set("data", bytes: certificate.der)
            try send("load-cert", message, what: "certificate of '\(path)'", done: "loaded certificate from '\(path)'")
        }
        if let contents { try sendKey(contents, type: "any", path) }
    }

    /// The secret of the section that names the file, or what is typed.
    private func passphrase(for path: String, in kind: KeyFolder) -> SecretBytes? {
        let file = name(of: path)
        let section = secrets.first { $0.name.hasPrefix(kind.folder) && $0.text("file") == file }
        if let secret = section?.text("secret") {
            return SecretBytes(copying: SecretText.decode(secret) ?? Array(secret.utf8))
        }
        guard !context.options.has("noprompt") else { return nil }
        return PassphrasePrompt.ask("Password for \(kind.folder) file '\(file)': ").map {
            SecretBytes(copying: Array($0.utf8))
        }
    }

    private func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

// MARK: Secrets

extension CredentialLoader {
    private static let sharedKinds = ["eap", "xauth", "ntlm", "ike", "ppk"]

    private mutating func loadSecret(_ section: SettingsSection) throws(ControlError) {
        if let kind = CredentialLoader.sharedKinds.first(where: section.name.hasPrefix) {
            try loadShared(section, kind: kind)
        } else if section.name.hasPrefix("token") {
            try loadToken(section)
        } else if !KeyFolder.all.contains(where: { section.name.hasPrefix($0.folder) }) {
            context.output.complain("\(section.location): ignoring unsupported secret '\(section.name)'")
        }
    }

    private mutating func loadShared(_ section: SettingsSection, kind: String) throws(ControlError) {
        staleShared.remove(section.name)
        let what = "\(kind) secret '\(section.name)'"
        guard let secret = section.value("secret") else {
            return complain(what, "\(section.location): it has no 'secret'")
        }
        guard let data = SecretText.decode(secret.text) else {
            return complain(
                what, "\(secret.location): what follows 0x or 0s is not \(SecretText.encoding(secret.text))")
        }
        var message = VICIMessage()
        message.set("id", section.name)
        message.set("type", kind)
        message.set("data", bytes: data)
        message.list("owners", section.values.filter { $0.key.hasPrefix("id") }.map(\.value.text))
        try send("load-shared", message, what: what, done: "loaded \(kind) secret '\(section.name)'")
    }

    private mutating func loadToken(_ section: SettingsSection) throws(ControlError) {
        var message = VICIMessage()
        for key in ["handle", "slot", "module", "pin"] {
            message.set(key, ifPresent: section.text(key))
        }
        if section.text("pin") == nil, !context.options.has("noprompt") {
            message.set("pin", ifPresent: PassphrasePrompt.ask("PIN for \(section.name): "))
        }
        let done = "loaded key from token '\(section.name)'"
        let response = try send("load-token", message, what: "token '\(section.name)'", done: done)
        if let id = response?.string("id") { staleKeys.remove(id) }
    }
}

// MARK: Requests

extension CredentialLoader {
    private mutating func read(_ path: String) -> [UInt8]? {
        do {
            return try FileSystem.bytes(path)
        } catch {
            complain("'\(path)'", "\(error)")
            return nil
        }
    }

    private mutating func send(
        _ command: String, _ fields: KeyValuePairs<String, String>, what: String, done: String?
    ) throws(ControlError) {
        var message = VICIMessage()
        for (key, value) in fields { message.set(key, value) }
        try send(command, message, what: what, done: done)
    }

    /// Sends one credential; a refusal is counted and shown, and nil returned.
    @discardableResult
    private mutating func send(
        _ command: String, _ message: VICIMessage, what: String, done: String?
    ) throws(ControlError) -> VICIMessage? {
        let response: VICIMessage
        do {
            response = try client.request(command, message)
        } catch .unknownCommand {
            complain(what, "the daemon does not know the command '\(command)'")
            return nil
        } catch .unsendable(let reason) {
            complain(what, "\(ControlError.unsendable(reason))")
            return nil
        }
        if let format = context.format { context.show(response, label: "\(command) reply", as: format) }
        guard response.bool("success") != false else {
            complain(what, response.shown("errmsg") ?? "the daemon gave no reason")
            return nil
        }
        if let done {
            loaded += 1
            if context.format == nil { context.output.print(done) }
        }
        return response
    }

    private mutating func complain(_ what: String, _ reason: String) {
        failed += 1
        context.output.complain("loading \(what) failed: \(reason)")
    }
}
