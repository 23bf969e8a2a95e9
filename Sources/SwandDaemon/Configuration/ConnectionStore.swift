package import Configuration
package import IPsecModel

/// The connections in force, from files and from control clients, and whoever must be told when they change.
package final class ConnectionStore {
    /// What is different now, so that one more connection among ten thousand is one change.
    package enum Change {
        case all([PeerConfig])
        /// Added, or changed.
        case loaded(PeerConfig)
        case unloaded(String)
    }

    package private(set) var snapshot = ConfigurationSnapshot()
    /// Called after each change.
    package var changed: ((Change) -> Void)?

    package init() {}

    package func replaceFiles(_ connections: [PeerConfig]) {
        snapshot = snapshot.replacingFiles(connections)
        changed?(.all(snapshot.connections))
    }

    package func load(_ connection: PeerConfig) {
        snapshot.load(connection)
        changed?(.loaded(connection))
    }

    /// Takes a connection of a control client away; `false` if there is none of that name.
    package func unload(_ name: String) -> Bool {
        guard snapshot.unload(name) else { return false }
        // One from a file that was hidden is in force again.
        changed?(snapshot.connection(named: name).map { .loaded($0) } ?? .unloaded(name))
        return true
    }
}
