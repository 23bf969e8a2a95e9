import IKESA
import IKEv2
import IPsecModel

// Trap policies ask for a CHILD_SA when a packet meets them; shunts pass or drop. Both stand apart from any SA.

extension Engine {
    /// Installs the policies of a child configuration; does nothing where they stand already.
    func installTrap(_ peer: PeerConfig, _ child: ChildConfig, commands: [CommandID], _ turn: inout Turn) {
        func finish(_ outcome: CommandOutcome) {
            for command in commands { turn.effects.append(.complete(command, outcome)) }
        }
        guard traps[peer.name, child.name] == nil else { return finish(.done) }
        if child.mode.isShunt {
            let installed = installShunt(peer, child, &turn)
            return finish(installed ? .done : .failed("installing policy '\(child.name)' failed"))
        }
        switch endpoints(of: peer) {
        case .unresolved(let name):
            resolutions.request(
                name, .trap(peer: peer.name, child: child.name, commands: commands), &turn)
        case .nowhere(_, let local) where !child.remoteSelectors.contains(where: \.isDynamic):
            // Packets are kept back until the name resolves: at the latest when one of them asks for it.
            let installed = installTrap(peer, child, local, .any(local.family), &turn)
            finish(installed ? .done : .failed("installing trap '\(child.name)' failed"))
        case .nowhere(let name, _):
            turn.effects.log(.cfg, 1, command: commands.first, "installing trap failed, unable to resolve '\(name)', trying again later")
            successions.later(trapOf: child.name, peer: peer.name, at: turn.now + .seconds(20))
            finish(.failed("unable to resolve '\(name)'"))
        case .unknown where child.mode == .transport && peer.remoteAddresses.allSatisfy({ !$0.isSingle }):
            let installed = installTrapForAnyPeer(peer, child, &turn)
            finish(installed ? .done : .failed("installing trap '\(child.name)' failed"))
        case .unknown:
            let reason = "installing trap failed, remote address unknown"
            turn.effects.log(.cfg, 1, command: commands.first, reason)
            finish(.failed(reason))
        case .known(let local, let remote):
            let installed = installTrap(peer, child, local, remote, &turn)
            finish(installed ? .done : .failed("installing trap '\(child.name)' failed"))
        }
    }

    /// Another look at a peer's name that did not resolve, for a trap that is still wanted.
    func installTrapAgain(_ peer: String, _ child: String, _ turn: inout Turn) {
        guard let peer = configured[peer], let child = peer.child(named: child), child.startAction.contains(.trap)
        else { return }
        for case .name(let name) in peer.remoteAddresses {
            return resolutions.request(name, .trap(peer: peer.name, child: child.name, commands: []), &turn)
        }
    }

    private enum Endpoints {
        case known(local: IPAddress, remote: IPAddress)
        case unresolved(String)
        /// The peer's name has no address at present.
        case nowhere(String, local: IPAddress)
        case unknown
    }

    private func endpoints(of peer: PeerConfig) -> Endpoints {
        var unresolvable: String?
        for pattern in peer.remoteAddresses {
            var remote: IPAddress?
            switch pattern {
            case .address(let address): remote = address
            case .name(let name):
                guard let addresses = configured.resolved[name] else { return .unresolved(name) }
                remote = addresses.first
                if addresses.isEmpty { unresolvable = name }
            default: continue
            }
            guard let remote else { continue }
            let own = peer.localAddresses.compactMap { pattern -> IPAddress? in
                if case .address(let address) = pattern, address.family == remote.family { address } else { nil }
            }
            guard let local = own.first ?? environment.kernel.sourceAddress(toward: remote) else { continue }
            return .known(local: local, remote: remote)
        }
        guard let unresolvable else { return .unknown }
        let own = peer.localAddresses.lazy.compactMap { if case .address(let address) = $0 { address } else { nil } }
        return .nowhere(unresolvable, local: own.first ?? .any(.v4))
    }

    private func installTrap(
        _ peer: PeerConfig, _ child: ChildConfig, _ local: IPAddress, _ remote: IPAddress, _ turn: inout Turn
    ) -> Bool {
        let mine = child.localSelectors.flatMap { $0.resolved(for: [local]) }
        let theirs = child.remoteSelectors.flatMap { $0.resolved(for: [remote]) }
        return put(trapFor: peer, child, (local, mine), (remote, theirs), &turn)
    }

    /// A trap of transport mode whose peer is not known: each destination that a packet meets it with becomes one.
    private func installTrapForAnyPeer(_ peer: PeerConfig, _ child: ChildConfig, _ turn: inout Turn) -> Bool {
        let families = (peer.localAddresses + peer.remoteAddresses).compactMap(\.family)
        let family = families.first ?? .v4
        let mine = child.localSelectors.flatMap { $0.resolved(for: [.any(family)]) }
        let peers = peer.remoteAddresses.compactMap { $0.addresses(family) }
        let theirs = child.remoteSelectors.flatMap { $0.resolved(within: peers) }
        return put(trapFor: peer, child, (.any(family), mine), (.any(family), theirs), isForAnyPeer: true, &turn)
    }

    private func put(
        trapFor peer: PeerConfig, _ child: ChildConfig, _ here: (address: IPAddress, selectors: [TrafficSelector]),
        _ there: (address: IPAddress, selectors: [TrafficSelector]), isForAnyPeer: Bool = false, _ turn: inout Turn
    ) -> Bool {
        let (mine, theirs) = (here.selectors, there.selectors)
        guard let trapMarks = claimMarks(peer, child, &turn) else { return false }
        var reqid = child.reqid
        if reqid == 0 {
            reqid = reqids.claim(
                ReqidTable.Key(
                    local: mine, remote: theirs, markIn: trapMarks.markIn, markOut: trapMarks.markOut,
                    interfaceIn: trapMarks.interfaceIn, interfaceOut: trapMarks.interfaceOut))
        }
        var set = PolicySet(
            local: mine, remote: theirs, localAddress: here.address, remoteAddress: there.address,
            policyClass: .routed, config: child)
        set.markIn = trapMarks.markIn
        set.markOut = trapMarks.markOut
        set.interfaceIn = trapMarks.interfaceIn
        set.interfaceOut = trapMarks.interfaceOut
        set.protection = PolicySet.Protection(
            protocolID: child.proposals.first?.protocolID ?? .esp, mode: child.mode, reqid: reqid,
            outboundSPI: .none, ipcomp: false)
        let entry = TrapTable.Entry(
            peer: peer, child: child, uniqueID: takeChildUniqueID(), reqid: reqid, ownsReqid: child.reqid == 0,
            policies: set.inbound() + set.outbound(installRoutes: environment.settings.installRoutes), local: mine,
            remote: theirs, isForAnyPeer: isForAnyPeer, interface: child.interface)
        guard put(entry, &turn) else {
            if entry.ownsReqid { reqids.release(reqid) }
            if let name = entry.interface { environment.kernel.releaseInterface(name) }
            return false
        }
        turn.effects.log(.cfg, 1, "installing '\(child.name)'")
        return true
    }

    /// The marks of a trap, with its interface claimed.
    private func claimMarks(_ peer: PeerConfig, _ child: ChildConfig, _ turn: inout Turn) -> ChildMarks? {
        let plain = marks.resolve(child, inherited: marks.interfaces(peer.interfaceIDIn, peer.interfaceIDOut))
        guard let name = child.interface else { return plain }
        do throws(KernelError) {
            return try environment.kernel.claimInterface(name, for: plain)
        } catch {
            turn.effects.log(.knl, 1, "\(error.request) for '\(child.name)' failed: \(error.reason)")
            return nil
        }
    }

    func installShunt(_ peer: PeerConfig, _ child: ChildConfig, _ turn: inout Turn) -> Bool {
        let families: [IPAddress] = [.any(.v4), .any(.v6)]
        let mine = child.localSelectors.flatMap { $0.resolved(for: families) }
        let theirs = child.remoteSelectors.flatMap { $0.resolved(for: families) }
        let set = PolicySet(
            local: mine, remote: theirs, localAddress: .any(.v4), remoteAddress: .any(.v4),
            policyClass: child.mode == .pass ? .passShunt : .dropShunt, config: child)
        let entry = TrapTable.Entry(
            peer: peer, child: child, uniqueID: takeChildUniqueID(), reqid: 0, ownsReqid: false,
            policies: set.inbound() + set.outbound(installRoutes: environment.settings.installRoutes), local: mine,
            remote: theirs)
        guard put(entry, &turn) else { return false }
        turn.effects.log(.cfg, 1, "installed \(child.mode.rawValue) policy '\(child.name)'")
        return true
    }

    /// All policies of an entry, or none.
    private func put(_ entry: TrapTable.Entry, _ turn: inout Turn) -> Bool {
        var installed: [PolicyParameters] = []
        do throws(KernelError) {
            for policy in entry.policies {
                try environment.kernel.add(policy)
                installed.append(policy)
            }
        } catch {
            for policy in installed { try? environment.kernel.delete(policy) }
            turn.effects.log(.knl, 1, "installing policies of '\(entry.child.name)' failed: \(error.reason)")
            return false
        }
        traps.insert(entry)
        return true
    }

    func uninstallTrap(peer: String, child: String, _ turn: inout Turn) {
        guard let entry = traps.remove(peer: peer, child: child) else { return }
        for policy in entry.policies { try? environment.kernel.delete(policy) }
        if entry.ownsReqid { reqids.release(entry.reqid) }
        if let name = entry.interface { environment.kernel.releaseInterface(name) }
        turn.effects.log(.cfg, 1, "uninstalling '\(child)'")
    }
}
