package import IKESA
package import IKEv2
package import IPsecModel

extension Engine: IKEv2Host {
    package func connections(for path: Path) -> ConnectionCandidates {
        connectionIndex.candidates(for: path, version: .ikev2)
    }

    package func connections(for path: Path, remote: Identification, local: Identification?) -> ConnectionCandidates {
        connectionIndex.candidates(for: path, version: .ikev2, remote: remote, local: local)
    }

    package func adopt(_ sa: IKEv2SA) {
        table.insert(sa)
        touch(sa)
    }

    // MARK: Uniqueness

    /// Other IKE_SAs between the same two identities.
    private func duplicates(of sa: IKEv2SA, remote: Identification) -> [IKEv2SA] {
        guard let local = sa.localIdentity else { return [] }
        return table.between(local: local, remote: remote).filter { other in
            other !== sa && other.state != .destroying && other.state != .deleting && other.state != .rekeyed
                && other.establishedAt != nil
        }
    }

    package func admit(_ sa: IKEv2SA, initialContact: Bool, _ turn: inout Turn) -> Bool {
        guard let remote = sa.remoteIdentity, sa.peer.unique != .never else { return true }
        let others = duplicates(of: sa, remote: remote).filter { $0 !== successions.replaced(by: sa) }
        guard !others.isEmpty else { return true }
        if initialContact {
            // The peer has lost its memory: nobody is left to say goodbye to. What came up since its first message
            // is known to it, although it could not say so when it wrote this one.
            for other in others where other.establishedAt.map({ $0 < sa.begunAt }) ?? false {
                turn.effects.log(.ike, 1, "destroying duplicate IKE_SA for peer '\(remote)', received INITIAL_CONTACT")
                touch(other)
                other.destroy(reason: "the peer has restarted", &turn)
            }
            return true
        }
        // One who comes from the address of the present IKE_SA is likely to reauthenticate, the new one first: it will
        // delete the old one itself, which goes on until then.
        let strangers = others.filter { $0.path.remote.address != sa.path.remote.address }
        switch sa.peer.unique {
        case .keep:
            guard !strangers.isEmpty else { return true }
            turn.effects.append(
                .event(.alert(Alert(kind: "unique-keep", text: "keeping the older IKE_SA with '\(remote)'", connection: sa.peer.name, remote: sa.path.remote))))
            return false
        case .replace:
            for other in others {
                turn.effects.log(.ike, 1, "deleting duplicate IKE_SA for peer '\(remote)' due to uniqueness policy")
                turn.effects.append(
                    .event(.alert(Alert(kind: "unique-replace", text: "replacing the older IKE_SA with '\(remote)'", connection: sa.peer.name, remote: sa.path.remote))))
                touch(other)
                if strangers.contains(where: { $0 === other }) {
                    other.close(&turn)
                } else {
                    other.closeLater(&turn)
                }
            }
            return true
        case .no, .never:
            return true
        }
    }

    package func isInitialContact(_ sa: IKEv2SA) -> Bool {
        guard case .identity(let remote)? = sa.peer.remote.first?.identity else { return table.named(sa.peer.name).count <= 1 }
        return duplicates(of: sa, remote: remote).isEmpty
    }

    // MARK: Reauthentication

    package func reauthenticate(_ sa: IKEv2SA, commands: [CommandID], _ turn: inout Turn) {
        let peer = configured[sa.peer.name] ?? sa.peer
        var names: Set<String> = []
        let children = sa.children.filter { $0.state.isUsable && $0.state != .rekeyed && names.insert($0.config.name).inserted }
            .map { PendingChild(config: peer.child(named: $0.config.name) ?? $0.config, reqid: $0.reqid) }
        let initiation = Initiation(
            peer: peer, children: children, commands: commands,
            remote: sa.isInitiator && peer.namesRemote ? nil : sa.path.remote, replacing: environment.settings.makeBeforeBreak ? sa : nil)
        if initiation.replacing != nil {
            initiate(initiation, &turn)
        } else {
            successions.afterEnd(of: sa, initiation)
            sa.close(&turn)
        }
    }

    /// The new IKE_SA of a reauthentication is up with its CHILD_SAs: the old one may go.
    func endReplaced(by sa: IKEv2SA, _ turn: inout Turn) {
        guard sa.state == .established, !sa.hasPendingChildren, let old = successions.takeReplaced(by: sa) else { return }
        touch(old)
        old.close(&turn)
    }

    /// An IKE_SA is gone: what waited for that begins, and what it was to replace goes on.
    func beginAfter(_ sa: IKEv2SA, _ turn: inout Turn) {
        if let old = successions.takeReplaced(by: sa), sa.establishedAt == nil, old.isEstablished {
            // The next try comes before the old one ends.
            old.timers.set(.reauthenticate, at: turn.now + .seconds(30))
            touch(old)
        }
        if let next = successions.takeSuccessor(of: sa) { initiate(next, &turn) }
    }
}
