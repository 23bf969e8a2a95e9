package import IKESA
import IKEv2
package import IPsecModel

/// The configured connections in their order, with an index that is made when it is needed.
struct ConfiguredConnections {
    private var list = ConnectionList()
    private var cached: ConnectionIndex?
    var resolved: [String: [IPAddress]] = [:] {
        didSet { cached = nil }
    }

    var all: [PeerConfig] { list.all }
    var names: [String] { list.names }
    subscript(name: String) -> PeerConfig? { list[name] }

    mutating func set(_ peer: PeerConfig) {
        list.set(peer)
        cached = nil
    }

    mutating func remove(_ name: String) -> PeerConfig? {
        guard let removed = list.remove(name) else { return nil }
        cached = nil
        return removed
    }

    /// Built once after any number of changes.
    var index: ConnectionIndex {
        mutating get {
            if let cached { return cached }
            let index = ConnectionIndex(all, resolved: resolved)
            cached = index
            return index
        }
    }
}

extension Engine {
    package var connections: [PeerConfig] { configured.all }

    /// Replaces the configured connections. SAs keep the configuration they were set up with; `start_action` of
    /// new or changed connections is carried out, traps of removed ones are taken back.
    package func update(connections: [PeerConfig], at now: Instant, into effects: inout Effects) {
        let names = Set(connections.map(\.name))
        for name in configured.names where !names.contains(name) { unload(name, at: now, into: &effects) }
        for connection in connections { load(connection, at: now, into: &effects) }
    }

    /// Adds a connection or replaces the one of the same name.
    package func load(_ connection: PeerConfig, at now: Instant, into effects: inout Effects) {
        let old = configured[connection.name]
        guard old != connection else { return }
        configured.set(connection)
        turn(at: now, into: &effects) { turn in
            holdInterfaces(of: connection, insteadOf: old, &turn)
            for child in old?.children ?? [] where connection.child(named: child.name) != child {
                uninstallTrap(peer: connection.name, child: child.name, &turn)
            }
            resolveNames(of: connection, &turn)
            startActions(connection, old: old, &turn)
        }
    }

    /// - Returns: whether there was such a connection.
    @discardableResult
    package func unload(_ name: String, at now: Instant, into effects: inout Effects) -> Bool {
        guard let old = configured.remove(name) else { return false }
        turn(at: now, into: &effects) { turn in
            for child in old.children { uninstallTrap(peer: name, child: child.name, &turn) }
            releaseInterfaces(of: old)
        }
        return true
    }

    private func startActions(_ connection: PeerConfig, old: PeerConfig?, _ turn: inout Turn) {
        for child in connection.children {
            // A child that did not change keeps its SAs and traps.
            if let before = old?.child(named: child.name), before == child, old?.remoteAddresses == connection.remoteAddresses {
                continue
            }
            if child.mode.isShunt || child.startAction.contains(.trap) {
                installTrap(connection, child, commands: [], &turn)
            }
            if child.startAction.contains(.start), !child.mode.isShunt, !isUp(child.name, of: connection.name) {
                initiate(Initiation(peer: connection, children: [PendingChild(config: child)]), &turn)
            }
        }
    }

    private func isUp(_ child: String, of peer: String) -> Bool {
        table.named(peer).contains { $0.installedChild(child) != nil || $0.isEstablishing(child) }
    }

    private func resolveNames(of connection: PeerConfig, _ turn: inout Turn) {
        for case .name(let name) in connection.remoteAddresses + connection.localAddresses
        where configured.resolved[name] == nil {
            resolutions.request(name, .refresh, &turn)
        }
    }
}
