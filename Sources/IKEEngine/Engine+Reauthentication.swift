package import IKESA
package import IKEv2
import IPsecModel

// Authenticating anew with a new IKE_SA, before the old one ends or after (RFC 7296 §2.8.3).

extension Engine {
    package func reauthenticate(_ sa: IKEv2SA, commands: [CommandID], _ turn: inout Turn) {
        guard !isBeingReplaced(sa) else {
            for command in commands { turn.effects.append(.complete(command, .done)) }
            return
        }
        let peer = configured[sa.peer.name] ?? sa.peer
        let children = self.children(of: sa, besides: []) + sa.takeWaitingChildren()
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

    /// Whether a replacement is on its way, from an address that we still have.
    private func isBeingReplaced(_ sa: IKEv2SA) -> Bool {
        if successions.hasSuccessor(sa) { return true }
        let news = successions.replacements(of: sa).compactMap { table[$0] }
        return news.contains { environment.kernel.isLocal($0.path.local.address) }
    }

    /// The new IKE_SA of a reauthentication is up with its CHILD_SAs: the old one may go.
    func endReplaced(by sa: IKEv2SA, _ turn: inout Turn) {
        guard sa.state == .established, !sa.hasPendingChildren, let old = successions.replaced(by: sa) else { return }
        // What came up in the old one meanwhile, by whomever, is not to end with it.
        let late = children(of: old, besides: successions.brought(by: sa) + sa.children.map(\.config.name))
        guard late.isEmpty || !old.isEstablished else {
            successions.noteBrought(late.map(\.config.name), by: sa)
            for request in late { sa.initiate(request, &turn) }
            return touch(sa)
        }
        _ = successions.takeReplaced(by: sa)
        touch(old)
        old.close(&turn)
    }

    /// One CHILD_SA of each configuration that carries traffic, to be set up again.
    private func children(of sa: IKEv2SA, besides names: [String]) -> [PendingChild] {
        let peer = configured[sa.peer.name] ?? sa.peer
        var seen = Set(names)
        return sa.children.filter { $0.state.isUsable && $0.state != .rekeyed && seen.insert($0.config.name).inserted }
            .map { PendingChild(config: peer.child(named: $0.config.name) ?? $0.config, reqid: $0.reqid) }
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
