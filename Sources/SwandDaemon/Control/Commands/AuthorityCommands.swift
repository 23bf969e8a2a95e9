package import Configuration
import CryptoInterface
import IKESA
import VICI

/// `load-authority`, `unload-authority`, `list-authorities` and `get-authorities`.
package struct AuthorityCommands: CommandGroup {
    private let store: AuthorityStore
    private let loader: AuthorityLoader
    private let log: LogHub
    private let subject: ([UInt8]) -> String

    /// - Parameter subject: the subject of a certificate, for listings.
    package init(
        store: AuthorityStore, loader: AuthorityLoader, log: LogHub, subject: @escaping ([UInt8]) -> String
    ) {
        self.store = store
        self.loader = loader
        self.log = log
        self.subject = subject
    }

    package var commands: [ControlCommand] {
        [
            ControlCommand("load-authority") { (request) throws(CommandFailure) in try self.load(request) },
            ControlCommand("unload-authority") { (request) throws(CommandFailure) in try self.unload(request) },
            ControlCommand("list-authorities") { (request) throws(CommandFailure) in self.list(request) },
            ControlCommand("get-authorities") { (_) throws(CommandFailure) in self.names() },
        ]
    }

    private func load(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        for case .section(let name, let elements) in request.elements {
            try load(name, ConfigurationNode(VICIMessage(elements)))
        }
        return .answer(.success)
    }

    private func load(_ name: String, _ node: ConfigurationNode) throws(CommandFailure) {
        let authority: AuthorityConfig
        do throws(ConnectionLoadError) {
            let loaded = try loader.load(name: name, node, source: "control client")
            loaded.warnings.forEach { log.log(.cfg, 1, "authority '\(name)': \($0)") }
            authority = loaded.authority
        } catch {
            throw CommandFailure("\(error)")
        }
        do throws(CredentialError) {
            try store.load(authority)
            log.log(.cfg, 1, "added vici authority: \(name)")
        } catch {
            throw CommandFailure("authority '\(name)': \(error.description), config discarded")
        }
    }

    private func unload(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        guard let name = request.string("name") else { throw CommandFailure("missing authority name to unload") }
        guard store.unload(name) else { throw CommandFailure("authority '\(name)' not found for unloading") }
        log.log(.cfg, 1, "removed vici authority: \(name)")
        return .answer(.success)
    }

    private func list(_ request: VICIMessage) -> CommandReply {
        let name = request.string("name")
        let chosen = store.all.filter { name == nil || $0.name == name }
        return .listing(ControlEvent.listAuthority, of: chosen) { authority in
            var message = VICIMessage()
            message.section(authority.name) { section in
                section.set("cacert", ifPresent: authority.certificates.first.map(subject))
                section.list("crl_uris", authority.crlURIs)
                section.list("ocsp_uris", authority.ocspURIs)
                section.set("cert_uri_base", ifPresent: authority.certificateURIBase)
            }
            return message
        }
    }

    private func names() -> CommandReply {
        var message = VICIMessage()
        message.list("authorities", store.controlNames)
        return .answer(message)
    }
}
