package import IKESA
package import IKEv2
import IPsecModel

// Several IKE_SAs between the same two identities: which of them stay, and which are about to take over from another.

extension Engine {
    /// Other IKE_SAs between the same two identities.
    private func duplicates(of sa: IKEv2SA, remote: Identification) -> [IKEv2SA] {
        others(than: sa, remote: remote).filter { $0.state != .rekeyed }
    }

    /// The same with those that wait for the delete of the side that has rekeyed them.
    private func others(than sa: IKEv2SA, remote: Identification) -> [IKEv2SA] {
        guard let local = sa.localIdentity else { return [] }
        return table.between(local: local, remote: remote).filter { other in
            other !== sa && other.state != .destroying && other.state != .deleting && other.establishedAt != nil
        }
    }

    package func admit(_ sa: IKEv2SA, initialContact: Bool, _ turn: inout Turn) -> Bool {
        guard let remote = sa.remoteIdentity, sa.peer.unique != .never else { return true }
        let present = duplicates(of: sa, remote: remote).filter { $0 !== successions.replaced(by: sa) }
        let (crossing, displaced) = present.partitioned { isCrossing($0, sa) }
        if sa.peer.unique == .replace { settleCrossing(sa, crossing, &turn) }
        if initialContact {
            forgetPast(of: sa, remote, &turn)
            return true
        }
        guard !present.isEmpty else { return true }
        // One who comes from the address of the present IKE_SA is likely to reauthenticate, the new one first: it will
        // delete the old one itself, which goes on until then.
        let strangers = present.filter { $0.path.remote.address != sa.path.remote.address }
        switch sa.peer.unique {
        case .keep:
            guard !strangers.isEmpty else { return true }
            turn.effects.append(
                .event(.alert(Alert(kind: "unique-keep", text: "keeping the older IKE_SA with '\(remote)'", connection: sa.peer.name, remote: sa.path.remote))))
            return false
        case .replace:
            for other in displaced {
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

    /// The peer has lost its memory: nobody is left to say goodbye to, nor to delete what it has rekeyed. What came up
    /// since its first message is known to it, although it could not say so when it wrote this one.
    private func forgetPast(of sa: IKEv2SA, _ remote: Identification, _ turn: inout Turn) {
        for other in others(than: sa, remote: remote)
        where other !== successions.replaced(by: sa) && other.establishedAt.map({ $0 < sa.begunAt }) ?? false {
            turn.effects.log(.ike, 1, "destroying duplicate IKE_SA for peer '\(remote)', received INITIAL_CONTACT")
            touch(other)
            other.destroy(reason: "the peer has restarted", &turn)
        }
    }

    /// Whether each side has initiated one of these while the other's was under way.
    private func isCrossing(_ other: IKEv2SA, _ sa: IKEv2SA) -> Bool {
        guard other.isInitiator != sa.isInitiator, let established = other.establishedAt else { return false }
        return established >= sa.begunAt
    }

    /// Both sides have set up an IKE_SA at once, and one of the two is too many. If each took the other's for the older
    /// one, none would be left: so each side ends its own at most, and both sides know which: the one with the lower SPI
    /// of its initiator. It goes after the time in which a peer with other rules would have ended one.
    private func settleCrossing(_ sa: IKEv2SA, _ crossing: [IKEv2SA], _ turn: inout Turn) {
        let all = crossing + [sa]
        guard all.count > 1, let winner = all.map(\.initiatorSPI.rawValue).max() else { return }
        for own in all where own.isInitiator && own.initiatorSPI.rawValue != winner {
            turn.effects.log(.ike, 1, "both sides have set up an IKE_SA, \(own.peer.name)[\(own.uniqueID)] is the redundant one")
            touch(own)
            own.closeIfRedundant(&turn)
        }
    }

    package func sibling(of sa: IKEv2SA) -> IKEv2SA? {
        guard let remote = sa.remoteIdentity else { return nil }
        return duplicates(of: sa, remote: remote).last { $0.isEstablished && $0.peer.name == sa.peer.name }
    }

    package func isRedundant(_ sa: IKEv2SA) -> Bool {
        guard let remote = sa.remoteIdentity else { return false }
        return duplicates(of: sa, remote: remote).contains { $0.isEstablished && !$0.isClosingSoon }
    }

    package func predecessors(of child: ChildSA, in sa: IKEv2SA) -> [ChildSA] {
        guard let remote = sa.remoteIdentity else { return [] }
        return duplicates(of: sa, remote: remote)
            .filter { $0.isEstablished && $0.path.remote.address == sa.path.remote.address }
            .flatMap(\.children).filter { $0.carriesTraffic(of: child) }
    }

    package func isInitialContact(_ sa: IKEv2SA) -> Bool {
        guard case .identity(let remote)? = sa.peer.remote.first?.identity else { return table.named(sa.peer.name).count <= 1 }
        return duplicates(of: sa, remote: remote).isEmpty
    }
}

extension Array {
    /// Those for which something holds, and the others, each in their order.
    fileprivate func partitioned(_ holds: (Element) -> Bool) -> (those: [Element], others: [Element]) {
        (filter(holds), filter { !holds($0) })
    }
}
