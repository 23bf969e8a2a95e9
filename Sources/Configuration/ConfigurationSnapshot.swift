package import IPsecModel

/// All connections that the daemon knows at one moment: a value, so that a change to one copy leaves the others alone.
package struct ConfigurationSnapshot: Sendable {
    /// Where connections came from: files that the daemon reads itself, or the control socket.
    package enum Origin: Sendable { case files, control }

    private var files: ConnectionList
    private var control: ConnectionList

    /// Read from ipsec.conf, in the order of the file.
    package var fromFiles: [PeerConfig] { files.all }
    /// Loaded over the control socket, in the order of loading.
    package var fromControl: [PeerConfig] { control.all }

    package init(fromFiles: [PeerConfig] = [], fromControl: [PeerConfig] = []) {
        files = ConnectionList(fromFiles)
        control = ConnectionList(fromControl)
    }

    /// Every connection in the order in which they are tried; one loaded over the control socket hides one of the same
    /// name from a file.
    package var connections: [PeerConfig] {
        files.all.filter { !control.contains($0.name) } + control.all
    }

    package func connection(named name: String) -> PeerConfig? {
        control[name] ?? files[name]
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
        var next = self
        next.files = ConnectionList(peers)
        return next
    }

    /// With one connection of the control socket added, or put in the place of its predecessor.
    package func loading(_ peer: PeerConfig) -> ConfigurationSnapshot {
        var next = self
        next.load(peer)
        return next
    }

    /// ``loading(_:)`` in place.
    package mutating func load(_ peer: PeerConfig) { control.set(peer) }

    /// ``unloading(_:)`` in place; `false` if there is none of that name.
    package mutating func unload(_ name: String) -> Bool { control.remove(name) != nil }

    /// Without a connection of the control socket; `nil` if there is none of that name.
    package func unloading(_ name: String) -> ConfigurationSnapshot? {
        var next = self
        return next.unload(name) ? next : nil
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
