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

    var nameMatching = NameMatching.strict {
        didSet { if nameMatching != oldValue { cached = nil } }
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
            let index = ConnectionIndex(all, resolved: resolved, names: nameMatching)
            cached = index
            return index
        }
    }
}

extension Engine {
    /// The connections as the settings of the moment have them compared.
    var connectionIndex: ConnectionIndex {
        configured.nameMatching = environment.settings.nameMatching
        return configured.index
    }

    package var connections: [PeerConfig] { configured.all }

    /// Replaces the configured connections. SAs keep the configuration they were set up with; `start_action` of
    /// new or changed connections is carried out, traps of removed ones are taken back.
    package func update(connections: [PeerConfig], at now: Instant, into effects: inout Effects) {
        let names = Set(connections.map(\.name))
        for name in configured.names where !names.contains(name) { unload(name, at: now, into: &effects) }
        for connection in connections { load(connection, at: now, into: &effects) }
    }

    /// Adds a connection or replaces the one of the same name.
    ///
    /// - Parameter closesStarted: whether CHILD_SAs of a configuration that `start_action` has started, and that is
    ///   changed or taken away, are closed. So it is with charon's control socket, and not with ipsec.conf.
    package func load(
        _ connection: PeerConfig, closesStarted: Bool = false, at now: Instant, into effects: inout Effects
    ) {
        let old = configured[connection.name]
        guard old != connection else { return }
        configured.set(connection)
        // A line more above it in the file is no change.
        if let old, old.isSame(as: connection) { return }
        turn(at: now, into: &effects) { turn in
            holdInterfaces(of: connection, insteadOf: old, &turn)
            let changed = (old?.children ?? []).filter { !connection.keeps($0, of: old) }
            for child in changed { uninstallTrap(peer: connection.name, child: child.name, &turn) }
            let closed = closesStarted ? closeStarted(changed, of: connection.name, &turn) : []
            resolveNames(of: connection, &turn)
            startActions(connection, old: old, closed: closed, &turn)
        }
    }

    /// - Returns: whether there was such a connection.
    @discardableResult
    package func unload(
        _ name: String, closesStarted: Bool = false, at now: Instant, into effects: inout Effects
    ) -> Bool {
        guard let old = configured.remove(name) else { return false }
        turn(at: now, into: &effects) { turn in
            for child in old.children { uninstallTrap(peer: name, child: child.name, &turn) }
            _ = cancelTries(of: name, child: nil, &turn)
            if closesStarted { _ = closeStarted(old.children, of: name, &turn) }
            releaseInterfaces(of: old)
        }
        return true
    }

    /// Closes what `start_action = start` has set up, and the IKE_SAs where nothing else lives in.
    ///
    /// - Returns: names of the configurations that had it.
    private func closeStarted(_ children: [ChildConfig], of peer: String, _ turn: inout Turn) -> Set<String> {
        let names = Set(children.filter { $0.startAction.contains(.start) && !$0.mode.isShunt }.map(\.name))
        guard !names.isEmpty else { return [] }
        for sa in table.named(peer) where sa.state != .rekeyed && !sa.isUndecided {
            let live = sa.children.filter { $0.state.isUsable && $0.state != .rekeyed }
            let started = live.filter { names.contains($0.config.name) }
            guard !started.isEmpty || names.contains(where: { sa.isEstablishing($0) }) else { continue }
            touch(sa)
            if started.count == live.count {
                turn.effects.log(.cfg, 1, "closing IKE_SA #\(sa.uniqueID)")
                sa.close(&turn)
                continue
            }
            for child in started {
                turn.effects.log(.cfg, 1, "closing '\(child.config.name)' #\(child.uniqueID)")
                sa.close(child, commands: [], &turn)
            }
        }
        return names
    }

    private func startActions(
        _ connection: PeerConfig, old: PeerConfig?, closed: Set<String>, _ turn: inout Turn
    ) {
        for child in connection.children {
            // A child that did not change keeps its SAs and traps.
            if let before = old?.child(named: child.name), connection.keeps(before, of: old) { continue }
            // There is nothing to start about a shunt but its policies; without an action it waits for `install`.
            if child.startAction.contains(.trap) || child.mode.isShunt && child.startAction.contains(.start) {
                installTrap(connection, child, commands: [], &turn)
            }
            let isWanted = child.startAction.contains(.start) && !child.mode.isShunt
            if isWanted, closed.contains(child.name) || !isUp(child.name, of: connection.name) {
                turn.effects.log(.cfg, 1, "initiating '\(child.name)'")
                bringUp(connection, PendingChild(config: child), &turn)
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

extension PeerConfig {
    /// Whether a trap of the child in an older version of this connection stands for the same as one of this.
    fileprivate func keeps(_ before: ChildConfig, of old: PeerConfig?) -> Bool {
        guard let old, let child = child(named: before.name), child.isSame(as: before) else { return false }
        return old.localAddresses == localAddresses && old.remoteAddresses == remoteAddresses
            && old.interfaceIDIn == interfaceIDIn && old.interfaceIDOut == interfaceIDOut
    }
}
