package import IKESA
import IKEv2
package import IPsecModel

extension Engine {
    /// Starts a command; ends with ``Effect/complete(_:_:)``, at once or later.
    package func perform(_ command: Command, id: CommandID, at now: Instant, into effects: inout Effects) {
        turn(at: now, into: &effects) { turn in
            turn.effects.log(.cfg, 1, "vici \(command)")
            switch command {
            case .initiate(let child, let ike): initiate(child: child, ike: ike, id, &turn)
            case .terminate(let selection, let force): terminate(selection, force: force, id, &turn)
            case .rekey(let selection, let reauthenticate): rekey(selection, reauthenticate, id, &turn)
            case .install(let child, let ike): install(child: child, ike: ike, id, &turn)
            case .uninstall(let child, let ike): uninstall(child: child, ike: ike, id, &turn)
            }
        }
    }

    /// Stops waiting for a command whose caller is gone; what it started goes on.
    package func abandon(_ id: CommandID) { groups.abandon(id) }

    private func refuse(_ id: CommandID, _ reason: String, _ turn: inout Turn) {
        groups.begin(id, count: 1)
        turn.effects.append(.complete(id, .failed(reason)))
    }

    // MARK: Initiate

    private func initiate(child: String?, ike: String?, _ id: CommandID, _ turn: inout Turn) {
        guard let child else { return initiateAlone(ike, id, &turn) }
        guard let (peer, config) = connectionIndex.child(named: child, in: ike) else {
            return refuse(id, "CHILD_SA config '\(child)' not found", &turn)
        }
        guard !config.mode.isShunt else {
            return refuse(id, "'\(child)' is a \(config.mode.rawValue) policy: install it instead", &turn)
        }
        groups.begin(id, count: 1)
        bringUp(peer, PendingChild(config: config, commands: [id]), &turn)
    }

    private func initiateAlone(_ name: String?, _ id: CommandID, _ turn: inout Turn) {
        guard let name, let peer = configured[name] else {
            return refuse(id, "IKE_SA config '\(name ?? "")' not found", &turn)
        }
        groups.begin(id, count: 1)
        initiate(Initiation(peer: peer, children: [], commands: [id]), &turn)
    }

    /// Sets up a CHILD_SA in an IKE_SA that exists with the peer, or with a new one.
    ///
    /// - Parameter toward: the end points, where the connection does not name its peer.
    func bringUp(
        _ peer: PeerConfig, _ request: PendingChild, toward: (local: IPAddress, remote: IPAddress)? = nil,
        _ turn: inout Turn
    ) {
        guard let present = reusable(peer, toward: toward) else {
            var initiation = Initiation(peer: peer, children: [request])
            initiation.remote = toward.map { Endpoint($0.remote, peer.remotePort) }
            initiation.local = toward?.local
            return initiate(initiation, &turn)
        }
        touch(present)
        if let child = present.installedChild(request.config.name) {
            turn.effects.log(
                .ike, 1, ike: (peer.name, present.uniqueID), command: request.commands.first,
                "not establishing CHILD_SA \(request.config.name) due to existing duplicate {\(child.uniqueID)} with SPIs \(child.spiIn)_i \(child.spiOut)_o")
            for command in request.commands { turn.effects.append(.complete(command, .done)) }
            return
        }
        present.initiate(request, &turn)
    }

    /// An IKE_SA with the peer that takes further CHILD_SAs.
    func reusable(_ peer: PeerConfig, toward: (local: IPAddress, remote: IPAddress)? = nil) -> IKEv2SA? {
        guard environment.settings.reuseIKESA else { return nil }
        return table.named(peer.name).first { sa in
            let isUp = sa.isEstablished && sa.state != .rekeyed
            let isComing = sa.isInitiator && (sa.state == .connecting || sa.state == .created)
            return (isUp || isComing) && !sa.isClosing
                && (toward == nil || toward?.local == sa.path.local.address && toward?.remote == sa.path.remote.address)
        }
    }

    // MARK: Selecting

    private func selectedSAs(_ selection: SASelection) -> [IKEv2SA] {
        let candidates: [IKEv2SA]
        if let id = selection.ikeID {
            candidates = table.sa(uniqueID: id).map { [$0] } ?? []
        } else if let name = selection.ike {
            candidates = table.named(name)
        } else {
            candidates = Array(table.all)
        }
        return candidates.filter { selection.ike == nil || $0.peer.name == selection.ike }
            .filter { $0.state != .destroying && $0.state != .rekeyed && !$0.isUndecided }
            .sorted { $0.uniqueID < $1.uniqueID }
    }

    private func selectedChildren(_ selection: SASelection) -> [(sa: IKEv2SA, child: ChildSA)] {
        selectedSAs(selection).flatMap { sa in
            sa.children.filter { child in
                (selection.child == nil || child.config.name == selection.child)
                    && (selection.childID == nil || child.uniqueID == selection.childID)
                    && child.state.isUsable && child.state != .rekeyed
            }.map { (sa, $0) }
        }
    }

    // MARK: Terminate, rekey

    private func terminate(_ selection: SASelection, force: Bool, _ id: CommandID, _ turn: inout Turn) {
        let hasNumber = selection.ikeID != nil || selection.childID != nil
        let cancelled = hasNumber ? 0 : cancelTries(of: selection.ike, child: selection.child, &turn)
        if selection.meansChildren {
            let children = selectedChildren(selection)
            guard cancelled + children.count > 0 else { return refuse(id, "no matching SAs to terminate found", &turn) }
            begin(id, selected: children.count, cancelled: cancelled, &turn)
            for (sa, child) in children {
                touch(sa)
                sa.close(child, commands: [id], &turn)
            }
            return
        }
        let selected = selectedSAs(selection)
        guard cancelled + selected.count > 0 else { return refuse(id, "no matching SAs to terminate found", &turn) }
        begin(id, selected: selected.count, cancelled: cancelled, &turn)
        for sa in selected {
            touch(sa)
            if force {
                sa.closeAtOnce(&turn)
                turn.effects.append(.complete(id, .done))
            } else if sa.isEstablished || sa.state == .deleting {
                sa.close(commands: [id], &turn)
            } else {
                sa.close(&turn)
                turn.effects.append(.complete(id, .done))
            }
        }
    }

    private func begin(_ id: CommandID, selected: Int, cancelled: Int, _ turn: inout Turn) {
        groups.begin(id, count: selected + cancelled)
        for _ in 0..<cancelled { turn.effects.append(.complete(id, .done)) }
    }

    /// Rekeying is started, not waited for, as charon does.
    private func rekey(_ selection: SASelection, _ reauthenticate: Bool, _ id: CommandID, _ turn: inout Turn) {
        if selection.meansChildren {
            let children = selectedChildren(selection)
            guard !children.isEmpty else { return refuse(id, "no matching SAs to rekey found", &turn) }
            groups.begin(id, count: children.count)
            for (sa, child) in children {
                touch(sa)
                sa.rekey(child, commands: [], &turn)
                turn.effects.append(.complete(id, .done))
            }
            return
        }
        let selected = selectedSAs(selection).filter { $0.state == .established }
        guard !selected.isEmpty else { return refuse(id, "no matching SAs to rekey found", &turn) }
        groups.begin(id, count: selected.count)
        for sa in selected {
            touch(sa)
            if reauthenticate {
                sa.reauthenticate(commands: [], &turn)
            } else {
                sa.rekey(commands: [], &turn)
            }
            turn.effects.append(.complete(id, .done))
        }
    }

    // MARK: Traps

    private func install(child: String, ike: String?, _ id: CommandID, _ turn: inout Turn) {
        guard let (peer, config) = connectionIndex.child(named: child, in: ike) else {
            return refuse(id, "configuration name '\(child)' not found", &turn)
        }
        groups.begin(id, count: 1)
        installTrap(peer, config, commands: [id], &turn)
    }

    private func uninstall(child: String, ike: String?, _ id: CommandID, _ turn: inout Turn) {
        let keys = traps.entries.keys.filter { $0.child == child && (ike == nil || $0.peer == ike) }
        guard !keys.isEmpty else { return refuse(id, "policy '\(child)' not found", &turn) }
        groups.begin(id, count: 1)
        for key in keys { uninstallTrap(peer: key.peer, child: key.child, &turn) }
        turn.effects.append(.complete(id, .done))
    }
}
