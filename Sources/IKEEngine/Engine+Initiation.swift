package import IKESA
package import IKEv2
package import IPsecModel

/// An IKE_SA that is to be set up, before its peer's address is known.
struct Initiation {
    var peer: PeerConfig
    var children: [PendingChild]
    /// Commands that want the IKE_SA alone.
    var commands: [CommandID] = []
    var attempt = 1
    /// Where the peer was last, or the packet that met a trap went to; `nil`: what the connection says.
    var remote: Endpoint?
    /// The source of that packet.
    var local: IPAddress?
    /// The IKE_SA that ends once this one is up.
    var replacing: IKEv2SA?

    var allCommands: [CommandID] { commands + children.flatMap(\.commands) }
}

/// Names that are being resolved, and what waits for them.
struct Resolutions {
    enum Purpose {
        /// The connection index wants to know.
        case refresh
        case initiation(Initiation)
        case trap(peer: String, child: String, commands: [CommandID])
    }

    private var waiting: [UInt64: (name: String, purpose: Purpose)] = [:]
    private var lastToken: UInt64 = 0
    /// Names that have not been resolved.
    var count: Int { waiting.count }

    mutating func request(_ name: String, _ purpose: Purpose, _ turn: inout Turn) {
        lastToken += 1
        waiting[lastToken] = (name, purpose)
        turn.effects.append(.service(.resolve(name: name, token: lastToken)))
    }

    mutating func take(_ token: UInt64) -> (name: String, purpose: Purpose)? { waiting.removeValue(forKey: token) }
}

extension Engine {
    /// Begins to set up an IKE_SA; names are resolved anew for every try.
    func initiate(_ initiation: Initiation, _ turn: inout Turn) {
        if let remote = initiation.remote { return connect(initiation, to: remote.address, port: remote.port, &turn) }
        for pattern in initiation.peer.remoteAddresses {
            switch pattern {
            case .address(let address):
                return connect(initiation, to: address, port: initiation.peer.remotePort, &turn)
            case .name(let name):
                return resolutions.request(name, .initiation(initiation), &turn)
            default: continue
            }
        }
        let patterns = initiation.peer.remoteAddresses.map(\.description).joined(separator: ", ")
        fail(initiation, "unable to resolve \(patterns), initiate aborted: the connection names no single address", &turn)
    }

    /// The answer to ``ServiceRequest/resolve(name:token:)``; empty: the name does not resolve.
    package func resolved(token: UInt64, addresses: [IPAddress], at now: Instant, into effects: inout Effects) {
        guard let (name, purpose) = resolutions.take(token) else { return }
        if configured.resolved[name] != addresses { configured.resolved[name] = addresses }
        turn(at: now, into: &effects) { turn in
            switch purpose {
            case .refresh: break
            case .initiation(let initiation): nameResolved(name, addresses, initiation, &turn)
            case .trap(let peer, let child, let commands):
                guard let peer = configured[peer], let child = peer.child(named: child) else { return }
                installTrap(peer, child, commands: commands, &turn)
            }
        }
    }

    private func nameResolved(
        _ name: String, _ addresses: [IPAddress], _ initiation: Initiation, _ turn: inout Turn
    ) {
        let wanted = initiation.peer.localAddresses.compactMap { if case .address(let own) = $0 { own.family } else { nil } }
        let usable = addresses.filter { wanted.isEmpty || wanted.contains($0.family) }
        // Each try takes the next address of the name.
        guard !usable.isEmpty else {
            turn.effects.log(.ike, 1, "unable to resolve '\(name)', initiate aborted")
            return retry(initiation, reason: "unable to resolve '\(name)'", &turn)
        }
        let address = usable[(initiation.attempt - 1) % usable.count]
        // Another child of the connection may have asked for the name first, or the peer may have come by itself.
        if initiation.replacing == nil, initiation.commands.isEmpty, reusable(initiation.peer) != nil {
            for child in initiation.children { bringUp(initiation.peer, child, &turn) }
            return
        }
        connect(initiation, to: address, port: initiation.peer.remotePort, &turn)
    }

    private func connect(_ initiation: Initiation, to remote: IPAddress, port: UInt16, _ turn: inout Turn) {
        guard let local = initiation.local ?? localAddress(initiation.peer, toward: remote) else {
            return fail(initiation, "no route to \(remote)", &turn)
        }
        let peer = initiation.peer
        let path = Path(local: Endpoint(local, localPort(peer, toward: port)), remote: Endpoint(remote, port))
        let sa = IKEv2SA(
            host: self, peer: peer, path: path, isInitiator: true, localSPI: takeSPI(), uniqueID: takeIKEUniqueID())
        sa.attempt = initiation.attempt
        sa.pending = initiation.children
        table.insert(sa)
        touch(sa)
        if let old = initiation.replacing {
            successions.replace(old, by: sa)
            successions.noteBrought(initiation.children.map(\.config.name), by: sa)
        }
        sa.start(commands: initiation.commands, &turn)
    }

    /// A configured port stays; otherwise ports other than 500 are spoken to from the port that has the non-ESP marker.
    private func localPort(_ peer: PeerConfig, toward remote: UInt16) -> UInt16 {
        let settings = environment.settings
        guard peer.localPort == 500 else { return peer.localPort }
        return remote == 500 ? settings.port : settings.portNATT
    }

    private func localAddress(_ peer: PeerConfig, toward remote: IPAddress) -> IPAddress? {
        for case .address(let address) in peer.localAddresses where address.family == remote.family { return address }
        return environment.kernel.sourceAddress(toward: remote)
    }

    private func fail(_ initiation: Initiation, _ reason: String, _ turn: inout Turn) {
        turn.effects.log(.ike, 1, ike: (initiation.peer.name, 0), command: initiation.allCommands.first, reason)
        let interval = environment.settings.retryInitiateInterval
        if interval > .zero {
            // Whoever waits is told; the tunnel itself is not given up.
            var next = initiation
            next.commands = []
            for index in next.children.indices { next.children[index].commands = [] }
            successions.later(next, at: turn.now + interval)
        }
        for command in initiation.allCommands { turn.effects.append(.complete(command, .failed(reason))) }
    }

    /// Another try after a pause, with the connection as it is by now.
    func initiateAgain(_ initiation: Initiation, _ turn: inout Turn) {
        guard let peer = configured[initiation.peer.name] else {
            let reason = "connection \(initiation.peer.name) was removed"
            for command in initiation.allCommands { turn.effects.append(.complete(command, .failed(reason))) }
            return
        }
        var next = initiation
        next.peer = peer
        next.children = initiation.children.map { child in
            var child = child
            child.config = peer.child(named: child.config.name) ?? child.config
            return child
        }
        initiate(next, &turn)
    }

    /// Gives up what waits for another try; the number of tries that are meant.
    func cancelTries(of name: String?, child: String?, _ turn: inout Turn) -> Int {
        let cancelled = successions.cancelDelayed(of: name, child: child)
        for initiation in cancelled {
            turn.effects.log(.ike, 1, ike: (initiation.peer.name, 0), "not trying again to reach \(initiation.peer.name)")
            for command in initiation.allCommands {
                turn.effects.append(.complete(command, .failed("closed before the peer was reached")))
            }
        }
        return cancelled.count
    }

    private func retry(_ initiation: Initiation, reason: String, _ turn: inout Turn) {
        let tries = initiation.peer.keyingTries
        guard tries == 0 || initiation.attempt < tries else { return fail(initiation, reason, &turn) }
        var next = initiation
        next.attempt += 1
        // A name that does not resolve is asked again after a while: the shell calls back through a timer of ours.
        successions.later(next, at: turn.now + .seconds(20))
    }

    // MARK: Answers of IKE_SAs

    package func connectFailed(_ sa: IKEv2SA, reason: ConnectFailure, _ turn: inout Turn) {
        let tries = sa.peer.keyingTries
        guard reason == .peerSilent, tries == 0 || sa.attempt < tries else { return }
        let children = sa.takePending()
        let peer = configured[sa.peer.name] ?? sa.peer
        turn.effects.log(
            .ike, 1, ike: (sa.peer.name, sa.uniqueID),
            "peer not responding, trying again (\(sa.attempt + 1)/\(tries == 0 ? "unlimited" : "\(tries)"))")
        initiate(
            Initiation(
                peer: peer, children: children, attempt: sa.attempt + 1, remote: lastRemote(of: sa, peer),
                replacing: successions.takeReplaced(by: sa)), &turn)
    }

    package func childLost(_ child: ChildSA, of sa: IKEv2SA, _ action: ChildConfig.LossAction, _ turn: inout Turn) {
        let peer = configured[sa.peer.name] ?? sa.peer
        guard let config = peer.child(named: child.config.name) else { return }
        switch action {
        case .none: return
        case .trap: installTrap(peer, config, commands: [], &turn)
        case .start:
            guard !table.named(peer.name).contains(where: { $0 !== sa && ($0.installedChild(config.name) != nil || $0.isEstablishing(config.name)) })
            else { return }
            let request = PendingChild(config: config)
            if sa.isEstablished {
                touch(sa)
                sa.initiate(request, &turn)
            } else if let starting = table.named(peer.name).first(where: { $0 !== sa && ($0.state == .connecting || $0.state == .created) && $0.isInitiator }) {
                // Not one that somebody else has begun: nobody knows yet who that is, and whether it will ever be up.
                starting.initiate(request, &turn)
            } else {
                initiate(Initiation(peer: peer, children: [request], remote: lastRemote(of: sa, peer)), &turn)
            }
        }
    }

    /// Where to look for the peer of an IKE_SA again when its connection does not say.
    func lastRemote(of sa: IKEv2SA, _ peer: PeerConfig) -> Endpoint? {
        peer.namesRemote && !peer.remoteAddresses.contains(.any) ? nil : sa.path.remote
    }
}
