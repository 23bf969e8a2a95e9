package import IPsecModel

/// All connections that the daemon knows at one moment. Immutable: a change makes a new one.
package struct ConfigurationSnapshot: Sendable {
    /// Where connections came from: files that the daemon reads itself, or the control socket.
    package enum Origin: Sendable { case files, control }

    /// Read from ipsec.conf, in the order of the file.
    package private(set) var fromFiles: [PeerConfig]
    /// Loaded over the control socket, in the order of loading.
    package private(set) var fromControl: [PeerConfig]

    package init(fromFiles: [PeerConfig] = [], fromControl: [PeerConfig] = []) {
        self.fromFiles = fromFiles
        self.fromControl = fromControl
    }

    /// Every connection in the order in which they are tried; one loaded over the control socket hides one of the same
    /// name from a file.
    package var connections: [PeerConfig] {
        let names = Set(fromControl.map(\.name))
        return fromFiles.filter { !names.contains($0.name) } + fromControl
    }

    package func connection(named name: String) -> PeerConfig? {
        fromControl.first { $0.name == name } ?? fromFiles.first { $0.name == name }
    }

    /// The connection and child that a child's name stands for, as `ipsec up <name>` and `swanctl --initiate --child`
    /// look for it.
    package func child(named name: String, of connection: String? = nil) -> (peer: PeerConfig, child: ChildConfig)? {
        for peer in connections where connection == nil || peer.name == connection {
            if let child = peer.child(named: name) { return (peer, child) }
        }
        return nil
    }

    /// With all connections of the files replaced.
    package func replacingFiles(_ peers: [PeerConfig]) -> ConfigurationSnapshot {
        ConfigurationSnapshot(fromFiles: peers, fromControl: fromControl)
    }

    /// With one connection of the control socket added, or put in the place of its predecessor.
    package func loading(_ peer: PeerConfig) -> ConfigurationSnapshot {
        var next = self
        if let index = next.fromControl.firstIndex(where: { $0.name == peer.name }) {
            next.fromControl[index] = peer
        } else {
            next.fromControl.append(peer)
        }
        return next
    }

    /// Without a connection of the control socket; `nil` if there is none of that name.
    package func unloading(_ name: String) -> ConfigurationSnapshot? {
        guard fromControl.contains(where: { $0.name == name }) else { return nil }
        var next = self
        next.fromControl.removeAll { $0.name == name }
        return next
    }

    /// Names that differ between this snapshot and a newer one, with what became of each.
    package func changes(to next: ConfigurationSnapshot) -> (added: [String], removed: [String], changed: [String]) {
        let old = Dictionary(connections.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let new = Dictionary(next.connections.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return (
            next.connections.map(\.name).filter { old[$0] == nil },
            connections.map(\.name).filter { new[$0] == nil },
            next.connections.map(\.name).filter { name in old[name].map { $0 != new[name] } ?? false }
        )
    }
}
