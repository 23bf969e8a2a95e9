package import IKESA
import IKEv2
package import IPsecModel

// What the kernel says by itself.

extension Engine {
    package func kernelEvent(_ event: KernelEvent, at now: Instant, into effects: inout Effects) {
        turn(at: now, into: &effects) { turn in
            switch event {
            case .acquire(let reqid, let source, let destination): acquire(reqid, source, destination, &turn)
            case .expire(let identifier, let hard): expire(identifier, hard: hard, &turn)
            case .mapping(let identifier, _, let remote):
                guard let (sa, _) = table.owner(of: identifier) else { return }
                touch(sa)
                sa.mappingChanged(to: remote, &turn)
            case .addressChanged: roaming.note(addressesChanged: true, at: now)
            case .routeChanged: roaming.note(addressesChanged: false, at: now)
            }
        }
    }

    /// The network has come to rest: every IKE_SA looks whether its path is still there.
    func roam(addressesChanged: Bool, _ turn: inout Turn) {
        turn.effects.log(.knl, 2, "\(addressesChanged ? "addresses" : "routes") have changed, checking paths")
        followSubnets(&turn)
        for sa in table.all.sorted(by: { $0.uniqueID < $1.uniqueID }) where sa.state != .destroying {
            touch(sa)
            sa.roam(addressesChanged: addressesChanged, &turn)
        }
    }

    private func acquire(
        _ reqid: UInt32, _ source: TrafficSelector, _ destination: TrafficSelector, _ turn: inout Turn
    ) {
        guard let trap = traps.entry(reqid: reqid) else {
            return turn.effects.log(.knl, 1, "trap not found, unable to acquire reqid \(reqid)")
        }
        let peer = configured[trap.peer.name] ?? trap.peer
        turn.effects.log(.knl, 1, "creating acquire job for policy \(source) === \(destination) with reqid {\(reqid)}")
        var toward: (local: IPAddress, remote: IPAddress)?
        if trap.isForAnyPeer {
            guard source.isHost, destination.isHost, environment.kernel.interfaceName(of: source.start) != nil else {
                return turn.effects.log(.cfg, 1, "ignoring acquire for reqid \(reqid), the packet is not our own")
            }
            toward = (source.start, destination.start)
        }
        // Packets go on meeting the trap while the SA is on its way.
        guard !table.named(peer.name).contains(where: {
            $0.isEstablishing(trap.child.name) && (toward == nil || $0.path.remote.address == toward?.remote)
        }) else {
            return turn.effects.log(.cfg, 1, "ignoring acquire for reqid \(reqid), connection attempt pending")
        }
        let trigger = environment.settings.ignoreAcquireSelectors ? nil : (local: source, remote: destination)
        bringUp(
            peer, PendingChild(config: trap.child, reqid: trap.reqid, trigger: trigger), toward: toward, &turn)
    }

    private func expire(_ identifier: SAIdentifier, hard: Bool, _ turn: inout Turn) {
        guard let (sa, child) = table.owner(of: identifier) else { return }
        turn.effects.log(
            .knl, 1, ike: (sa.peer.name, sa.uniqueID),
            "received \(hard ? "hard" : "soft") expire for \(identifier.protocolID.name) CHILD_SA with SPI \(identifier.spi)")
        touch(sa)
        sa.expired(child, hard: hard, &turn)
    }
}
