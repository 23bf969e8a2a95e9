package import Configuration
import IKESA
import IPsecModel
import VICI

/// `load-conn`, `unload-conn`, `list-conns` and `get-conns`.
package struct ConnectionCommands: CommandGroup {
    private let store: ConnectionStore
    private let loader: () -> ConnectionLoader
    private let log: LogHub
    private let subject: ([UInt8]) -> String

    /// - Parameters:
    ///   - loader: made anew for every connection, because what it needs to know of the machine may have changed.
    ///   - subject: the subject of a certificate, for listings.
    package init(
        store: ConnectionStore, log: LogHub, loader: @escaping () -> ConnectionLoader,
        subject: @escaping ([UInt8]) -> String
    ) {
        self.store = store
        self.log = log
        self.loader = loader
        self.subject = subject
    }

    package var commands: [ControlCommand] {
        [
            ControlCommand("load-conn") { (request) throws(CommandFailure) in try self.load(request) },
            ControlCommand("unload-conn") { (request) throws(CommandFailure) in try self.unload(request) },
            ControlCommand("list-conns") { (request) throws(CommandFailure) in self.list(request) },
            ControlCommand("get-conns") { (_) throws(CommandFailure) in self.names() },
        ]
    }

    /// The request holds one section a connection; the first that is wrong ends the command.
    private func load(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        for case .section(let name, let elements) in request.elements {
            let node = ConfigurationNode(VICIMessage(elements))
            do throws(ConnectionLoadError) {
                let loaded = try loader().load(name: name, node, source: "control client")
                loaded.warnings.forEach { log.log(.cfg, 1, "connection '\(name)': \($0)") }
                let isNew = store.snapshot.connection(named: name) == nil
                store.load(loaded.peer)
                log.log(.cfg, 1, "\(isNew ? "added" : "updated") vici connection: \(name)")
            } catch {
                log.log(.cfg, 1, "loading connection '\(name)' failed: \(error)")
                throw CommandFailure("\(error)")
            }
        }
        return .answer(.success)
    }

    private func unload(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        guard let name = request.string("name") else { throw CommandFailure("missing connection name to unload") }
        guard store.unload(name) else { throw CommandFailure("connection '\(name)' not found for unloading") }
        log.log(.cfg, 1, "removed vici connection: \(name)")
        return .answer(.success)
    }

    private func list(_ request: VICIMessage) -> CommandReply {
        let presentation = ConnectionPresentation(subject: subject)
        let name = request.string("ike")
        let chosen = store.snapshot.connections.filter { name == nil || $0.name == name }
        return .listing(ControlEvent.listConnection, of: chosen) { connection in
            var message = VICIMessage()
            message.section(connection.name, presentation.connection(connection))
            return message
        }
    }

    /// Only what control clients loaded: they unload what is not in their files any more.
    private func names() -> CommandReply {
        var message = VICIMessage()
        message.list("conns", store.snapshot.fromControl.map(\.name))
        return .answer(message)
    }
}
