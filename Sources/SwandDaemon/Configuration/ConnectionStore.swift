package import Configuration
package import IPsecModel

/// The connections in force, from files and from control clients, and whoever must be told when they change.
package final class ConnectionStore {
    package private(set) var snapshot = ConfigurationSnapshot()
    /// Called with all connections after each change.
    package var changed: (([PeerConfig]) -> Void)?

    package init() {}

    package func replaceFiles(_ connections: [PeerConfig]) { apply(snapshot.replacingFiles(connections)) }

    package func load(_ connection: PeerConfig) { apply(snapshot.loading(connection)) }

    /// Takes a connection of a control client away; `false` if there is none of that name.
    package func unload(_ name: String) -> Bool {
        guard let next = snapshot.unloading(name) else { return false }
        apply(next)
        return true
    }

    private func apply(_ next: ConfigurationSnapshot) {
        snapshot = next
        changed?(next.connections)
    }
}
