import CryptoInterface
import IKECodec
package import IKESA
import IPsecModel
import Wire

// What happens to CHILD_SAs between their exchanges.

extension IKEv2SA {
    // MARK: Coming up

    /// Gives a CHILD_SA the reqid of its selectors, unless a trap or a predecessor has given it one.
    func claimReqid(_ child: ChildSA) {
        guard !child.ownsReqid else { return }
        if child.config.reqid != 0 {
            child.reqid = child.config.reqid
            return
        }
        child.reqid = host.reqids.claim(
            ReqidTable.Key(
                local: child.localSelectors, remote: child.remoteSelectors, markIn: child.marks.markIn,
                markOut: child.marks.markOut, interfaceIn: child.marks.interfaceIn,
                interfaceOut: child.marks.interfaceOut))
        child.ownsReqid = true
    }

    /// A CHILD_SA that is not a replacement carries traffic.
    func childEstablished(_ child: ChildSA, _ turn: inout Turn) {
        logEstablished(child, &turn)
        turn.effects.append(
            .event(.childUpDown(up: true, snapshot(at: turn.now, usage: false, children: [child]))))
        updown(child, up: true, &turn)
        armInactivity(child, &turn)
    }

    func childRekeyed(_ old: ChildSA, _ new: ChildSA, _ turn: inout Turn) {
        logEstablished(new, &turn)
        count(&turn, .childRekey)
        turn.effects.append(
            .event(
                .childRekeyed(
                    ike: snapshot(at: turn.now, usage: false, children: []),
                    old: old.snapshot(at: turn.now, kernel: environment.kernel),
                    new: new.snapshot(at: turn.now, kernel: nil))))
        armInactivity(new, &turn)
    }

    private func logEstablished(_ child: ChildSA, _ turn: inout Turn) {
        log(&turn, .ike, 0) {
            "CHILD_SA \(child.label) established with SPIs \(child.spiIn)_i \(child.spiOut)_o and TS "
                + "\(child.localSelectors.text) === \(child.remoteSelectors.text)"
        }
    }

    func childFailed(_ name: String, _ failure: ChildFailure, _ turn: inout Turn) {
        log(&turn, .ike) { "\(failure)" }
        let closes = environment.settings.closeIKEOnChildFailure && children.isEmpty
        log(&turn, .ike) {
            closes ? "closing IKE_SA due CHILD_SA setup failure" : "failed to establish CHILD_SA, keeping IKE_SA"
        }
        alert(&turn, failure.alertKind, "CHILD_SA \(name): \(failure)")
        alert(&turn, "keep-on-child-sa-failure", "CHILD_SA \(name) failed")
        if closes { queue.append(DeleteIKEExchange()) }
    }

    /// Takes out the CHILD_SAs that are to be created once this IKE_SA has time for them.
    package func takeWaitingChildren() -> [PendingChild] {
        let queued = queue.compactMap { ($0 as? CreateChildExchange)?.waiting }
        queue.removeAll { $0 is CreateChildExchange }
        timers.cancel(.retryCreate)
        return queued + takePending()
    }

    /// The peer ends this IKE_SA. It may have authenticated anew, and then what we wanted to set up here comes up there.
    func passOnRequests(_ turn: inout Turn) {
        guard state != .deleting, let other = host.sibling(of: self) else { return }
        let requests = ((active as? CreateChildExchange)?.handOff()).map { [$0] } ?? []
        host.touch(other)
        for request in requests + takeWaitingChildren() {
            guard other.installedChild(request.config.name) == nil else {
                for command in request.commands { turn.effects.append(.complete(command, .done)) }
                continue
            }
            other.initiate(request, &turn)
        }
    }

    /// What waited for the IKE_SA gets its exchange each.
    func startPending(_ turn: inout Turn) {
        let waiting = pending
        pending = []
        for request in waiting { queue.append(CreateChildExchange(request)) }
    }

    // MARK: Wishes

    /// Sets up a further CHILD_SA, now or with the IKE_SA.
    package func initiate(_ request: PendingChild, _ turn: inout Turn) {
        if isEstablished {
            enqueue(CreateChildExchange(request), &turn)
        } else {
            pending.append(request)
        }
    }

    package func rekey(_ child: ChildSA, commands: [CommandID], _ turn: inout Turn) {
        guard child.state == .installed || child.state == .retrying || child.state == .updating else {
            for command in commands { turn.effects.append(.complete(command, .done)) }
            return
        }
        let exchange = RekeyChildExchange(child)
        exchange.commands = commands
        enqueue(exchange, &turn)
    }

    package func close(_ child: ChildSA, commands: [CommandID], expired: Bool = false, _ turn: inout Turn) {
        let exchange = DeleteChildExchange(child, expired: expired)
        exchange.commands = commands
        enqueue(exchange, &turn)
    }

    package func rekey(commands: [CommandID], _ turn: inout Turn) {
        guard state == .established, !isBeingReplaced else {
            for command in commands { turn.effects.append(.complete(command, .done)) }
            return
        }
        let exchange = RekeyIKEExchange()
        exchange.commands = commands
        enqueue(exchange, &turn)
    }

    package func reauthenticate(commands: [CommandID], _ turn: inout Turn) {
        guard state == .established else {
            for command in commands { turn.effects.append(.complete(command, .done)) }
            return
        }
        log(&turn, .ike) { "reauthenticating IKE_SA \(self.label)" }
        host.reauthenticate(self, commands: commands, &turn)
    }

    // MARK: Limits

    /// The kernel says that a CHILD_SA has reached a limit.
    package func expired(_ child: ChildSA, hard: Bool, _ turn: inout Turn) {
        guard hard else {
            // One of the two SAs asks first; the other finds the rekeying under way.
            if child.state == .installed { rekey(child, commands: [], &turn) }
            return
        }
        guard child.state != .deleted, child.state != .deleting else { return }
        log(&turn, .chd) { "closing expired CHILD_SA \(child.label)" }
        let hadReplacement = child.state == .rekeyed
        close(child, commands: [], expired: true, &turn)
        guard !hadReplacement else { return }
        // Time is no reason to be without the tunnel: charon, too, sets up another, whatever `close_action` says.
        log(&turn, .ike) { "scheduling CHILD_SA recreate after hard expire" }
        let exchange = CreateChildExchange(PendingChild(config: child.config))
        exchange.recreated = child
        enqueue(exchange, &turn)
    }

    func retryChild(_ id: UInt32, _ turn: inout Turn) {
        guard let child = child(uniqueID: id), child.state == .retrying else { return }
        rekey(child, commands: [], &turn)
    }

    /// A rekeying that the peer put off is tried again after 5 to 15 seconds, apart from the peer's own try.
    func scheduleRetry(_ child: ChildSA, _ turn: inout Turn) {
        child.state = .retrying
        let delay = Duration.seconds(5) + environment.random(upTo: .seconds(10))
        log(&turn, .ike) { "CHILD_SA rekeying failed, trying again in \(delay.inSeconds) seconds" }
        timers.set(.retryChild(child.uniqueID), at: turn.now + delay)
    }

    /// How often a CHILD_SA is put off, some ten seconds each, before the two sides must be out of step.
    private static let putOffLimit = 30

    /// A CHILD_SA that the peer put off comes up later, in this IKE_SA or the one that replaces it. A peer that puts it
    /// off for minutes does not know itself what it waits for: a new IKE_SA puts an end to that (RFC 7296 §2.25).
    func postpone(_ request: PendingChild, _ turn: inout Turn) {
        var request = request
        request.timesPutOff += 1
        pending.append(request)
        guard request.timesPutOff < Self.putOffLimit else {
            log(&turn, .ike) { "CHILD_SA \(request.config.name) was put off too often, starting reauthentication" }
            pending[pending.count - 1].timesPutOff = 0
            return reauthenticate(commands: [], &turn)
        }
        let delay = Duration.seconds(5) + environment.random(upTo: .seconds(10))
        log(&turn, .ike) { "CHILD_SA \(request.config.name) was put off, trying again in \(delay.inSeconds) seconds" }
        timers.set(.retryCreate, at: turn.now + delay)
    }

    /// Longer than a peer sends its request again that has not got our answer.
    private static let deleteRekeyedAfter = Duration.seconds(180)

    /// Whoever rekeyed a CHILD_SA deletes it. Should it not, we do so, sooner than its lifetime would: it is on the
    /// delete that we wait to send on the new one (RFC 7296 §2.8).
    func awaitDelete(of child: ChildSA, _ turn: inout Turn) {
        timers.set(.deleteRekeyed(child.uniqueID), at: turn.now + Self.deleteRekeyedAfter)
    }

    func deleteRekeyed(_ id: UInt32, _ turn: inout Turn) {
        guard let child = child(uniqueID: id), child.state == .rekeyed else { return }
        log(&turn, .ike) { "peer does not delete rekeyed CHILD_SA \(child.label), deleting it" }
        close(child, commands: [], &turn)
    }

    private func armInactivity(_ child: ChildSA, _ turn: inout Turn) {
        guard child.config.inactivity > .zero else { return }
        timers.set(.inactivity(child.uniqueID), at: turn.now + child.config.inactivity)
    }

    func checkInactivity(_ id: UInt32, _ turn: inout Turn) {
        guard let child = child(uniqueID: id), child.state == .installed else { return }
        let shot = child.snapshot(at: turn.now, kernel: environment.kernel)
        let age = shot.installed ?? .zero
        let idle = min(shot.idleIn ?? age, shot.idleOut ?? age)
        guard idle >= child.config.inactivity else {
            return timers.set(.inactivity(id), at: turn.now + (child.config.inactivity - idle))
        }
        log(&turn, .job) { "deleting CHILD_SA \(child.label) after \(child.config.inactivity.inSeconds) seconds of inactivity" }
        if children.count == 1, environment.settings.inactivityCloseIKE {
            close(&turn)
        } else {
            close(child, commands: [], &turn)
        }
    }

    // MARK: Going

    func logClosing(_ child: ChildSA, _ turn: inout Turn) {
        let now = turn.now
        log(&turn, .ike, 0) {
            let shot = child.snapshot(at: now, kernel: self.environment.kernel)
            return "closing CHILD_SA \(child.label) with SPIs \(child.spiIn)_i (\(shot.bytesIn) bytes) \(child.spiOut)_o "
                + "(\(shot.bytesOut) bytes) and TS \(child.localSelectors.text) === \(child.remoteSelectors.text)"
        }
    }

    /// Both sides have agreed on the end of a CHILD_SA. A replaced one receives late packets a little longer.
    func childDeleted(_ child: ChildSA, wasRekeyed: Bool, _ turn: inout Turn) {
        guard children.contains(where: { $0 === child }) else { return }
        if wasRekeyed {
            child.stopSending(environment.kernel)
            child.state = .deleted
            let delay = environment.settings.deleteRekeyedDelay
            if delay > .zero { return timers.set(.removeChild(child.uniqueID), at: turn.now + delay) }
            return remove(child)
        }
        announceDown(child, &turn)
        remove(child)
    }

    /// What a response has just brought, and the peer has deleted meanwhile, goes again.
    func removeDeletedEarly(_ turn: inout Turn) {
        guard !deletedEarly.isEmpty else { return }
        let spis = deletedEarly
        deletedEarly = []
        for child in children where spis.contains(child.spiOut) {
            log(&turn, .ike) { "CHILD_SA \(child.label) was closed by the peer already" }
            child.state == .rekeyed ? remove(child) : childDeleted(child, wasRekeyed: false, &turn)
        }
    }

    /// Tells listeners and scripts that a CHILD_SA without successor goes.
    func announceDown(_ child: ChildSA, _ turn: inout Turn) {
        turn.effects.append(
            .event(.childUpDown(up: false, snapshot(at: turn.now, usage: true, children: [child]))))
        updown(child, up: false, &turn)
    }

    func removeLate(_ id: UInt32, _ turn: inout Turn) {
        guard let child = child(uniqueID: id) else { return }
        remove(child)
    }

    /// Runs the updown script once for each pair of selectors.
    func updown(_ child: ChildSA, up: Bool, _ turn: inout Turn) {
        guard let script = child.config.updown, child.state != .deleted, child.state != .rekeyed else { return }
        let ike = snapshot(at: turn.now, usage: false, children: [])
        let shot = child.snapshot(at: turn.now, kernel: nil)
        for local in child.localSelectors {
            for remote in child.remoteSelectors where remote.family == local.family {
                turn.effects.append(
                    .service(
                        .updown(
                            UpdownCall(
                                script: script, up: up, ike: ike, child: shot, localSelector: local,
                                remoteSelector: remote, isHost: local.start == path.local.address && local.isHost,
                                interface: child.config.interface
                                    ?? environment.kernel.interfaceName(of: path.local.address),
                                hostAccess: child.config.hostAccess, virtualIPs: []))))
            }
        }
    }
}

extension ChildFailure {
    var alertKind: String {
        switch self {
        case .proposals, .refused(.noProposalChosen): "proposal-mismatch-child"
        case .selectors, .refused(.tsUnacceptable): "ts-mismatch"
        case .kernel: "install-child-sa-failed"
        default: "keep-on-child-sa-failure"
        }
    }
}
