import CryptoInterface
import IKECodec
package import IKESA
package import IPsecModel
import Wire

// Establishment, timers, moving and the end of an IKE_SA.

extension IKEv2SA {
    // MARK: Beginning

    /// Sends the first message; what is in ``pending`` comes up with the IKE_SA.
    package func start(commands: [CommandID] = [], _ turn: inout Turn) {
        begunAt = turn.now
        let exchange = InitExchange()
        exchange.commands = commands
        enqueue(exchange, &turn)
    }

    /// Takes out what waits for this IKE_SA, for another to bring up.
    package func takePending() -> [PendingChild] {
        defer { pending = [] }
        return pending
    }

    /// The kernel saw authentic packets of the peer come from elsewhere: its translator has changed the mapping.
    package func mappingChanged(to remote: Endpoint, _ turn: inout Turn) {
        guard natRemote, isEstablished, remote != path.remote else { return }
        move(to: Path(local: path.local, remote: remote), &turn)
    }

    /// Both sides are authenticated, or a rekeying has produced this SA.
    func establish(_ turn: inout Turn) {
        state = .established
        establishedAt = turn.now
        lastReceived = turn.now
        handshake = nil
        keys?.forgetAuthenticationKeys()
        resolvedInterfaceIDs = interfaceIDs
        timers.cancel(.halfOpen)
        log(&turn, .ike, 0) { "IKE_SA \(self.label) established between \(self.ends)" }
        scheduleLifetime(&turn)
        scheduleLiveness(&turn)
        scheduleKeepAlive(&turn)
        turn.effects.append(.event(.ikeUpDown(up: true, snapshot(at: turn.now, usage: false, children: []))))
    }

    /// Rekeying at `rekey_time - rand`, reauthentication at `reauth_time - rand`, the end `over_time` after the later
    /// one.
    func scheduleLifetime(_ turn: inout Turn) {
        var latest: Duration?
        if peer.rekeyTime > .zero {
            let delay = max(.seconds(1), peer.rekeyTime - environment.random(upTo: peer.randomTime))
            timers.set(.rekey, at: turn.now + delay)
            latest = peer.rekeyTime
            log(&turn, .ike) { "scheduling rekeying in \(delay.inSeconds)s" }
        }
        if peer.reauthTime > .zero {
            let delay = max(.seconds(1), peer.reauthTime - environment.random(upTo: peer.randomTime))
            timers.set(.reauthenticate, at: turn.now + delay)
            reauthenticationDeadline = turn.now + delay
            latest = latest.map { min($0, peer.reauthTime) } ?? peer.reauthTime
            log(&turn, .ike) { "scheduling reauthentication in \(delay.inSeconds)s" }
        }
        if let latest {
            let end = latest + peer.overTime
            timers.set(.lifetime, at: turn.now + end)
            log(&turn, .ike) { "maximum IKE_SA lifetime \(end.inSeconds)s" }
        }
    }

    func scheduleLiveness(_ turn: inout Turn) {
        guard peer.dpdDelay > .zero else { return }
        timers.set(.liveness, at: turn.now + peer.dpdDelay)
    }

    func scheduleKeepAlive(_ turn: inout Turn) {
        guard natLocal, environment.settings.keepAlive > .zero else { return }
        timers.set(.keepAlive, at: lastSent + environment.settings.keepAlive)
    }

    // MARK: Time

    /// Fires every timer that is due.
    package func timersFired(_ turn: inout Turn) {
        while state != .destroying, let timer = timers.popDue(at: turn.now) { fire(timer, &turn) }
    }

    private func fire(_ timer: IKETimer, _ turn: inout Turn) {
        switch timer {
        case .retransmit: retransmissionTimedOut(&turn)
        case .doubt: doubtTimedOut(&turn)
        case .halfOpen: halfOpenTimedOut(&turn)
        case .rekey, .retryRekey: rekey(commands: [], &turn)
        case .retryCreate:
            startPending(&turn)
            initiateNext(&turn)
        case .reauthenticate: reauthenticate(commands: [], &turn)
        case .lifetime: lifetimeEnded(&turn)
        case .liveness: checkLiveness(&turn)
        case .keepAlive: keepAlive(&turn)
        case .removeChild(let id): removeLate(id, &turn)
        case .deleteRekeyed(let id): deleteRekeyed(id, &turn)
        case .takeOver(let id): checkTakeOver(id, &turn)
        case .retryChild(let id): retryChild(id, &turn)
        case .inactivity(let id): checkInactivity(id, &turn)
        case .unfinished: unfinishedTimedOut(&turn)
        case .rekeyedLinger: close(&turn)
        case .redundant: if host.isRedundant(self) { close(&turn) }
        }
    }

    private func halfOpenTimedOut(_ turn: inout Turn) {
        guard state == .connecting || state == .created else { return }
        log(&turn, .job) { "deleting half open IKE_SA with \(self.path.remote.address) after timeout" }
        alert(&turn, "half-open-timeout", "half open IKE_SA with \(path.remote.address) timed out")
        destroy(reason: "the peer did not authenticate in time", &turn)
    }

    private func lifetimeEnded(_ turn: inout Turn) {
        guard isEstablished else { return }
        log(&turn, .job) { "deleting IKE_SA after \(self.timers.deadline(of: .rekey) == nil ? "its lifetime" : "a missed rekeying")" }
        alert(&turn, "ike-sa-expired", "IKE_SA \(label) reached its lifetime")
        close(&turn)
    }

    private func checkLiveness(_ turn: inout Turn) {
        guard isEstablished, peer.dpdDelay > .zero else { return }
        let heard = max(lastReceived, lastTraffic(turn.now))
        let due = heard + peer.dpdDelay
        guard due <= turn.now else { return timers.set(.liveness, at: due) }
        timers.set(.liveness, at: turn.now + peer.dpdDelay)
        guard active == nil, queue.isEmpty else { return }  // any exchange proves as much
        log(&turn, .ike) { "sending DPD request" }
        enqueue(LivenessExchange(), &turn)
    }

    /// When a CHILD_SA last received something.
    private func lastTraffic(_ now: Instant) -> Instant {
        children.filter(\.hasInbound).compactMap { child in
            (try? environment.kernel.usage(of: child.inboundIdentifier))?.idle
        }.min().map { Instant(microseconds: now.microseconds - $0.inMicroseconds) } ?? .origin
    }

    private func keepAlive(_ turn: inout Turn) {
        guard natLocal, isEstablished else { return }
        let settings = environment.settings
        let isLate = settings.keepAliveDPDMargin > .zero
            && lastSent + settings.keepAlive + settings.keepAliveDPDMargin < turn.now
        if isLate, active == nil, queue.isEmpty {
            // The machine was asleep: the mapping, or the peer's patience, may be over.
            log(&turn, .ike) { "sending DPD instead of keep alive: the last message is too old" }
            enqueue(LivenessExchange(), &turn)
        } else if lastSent + settings.keepAlive <= turn.now {
            log(&turn, .ike) { "sending keep alive to \(self.path.remote)" }
            turn.effects.transmit([0xff], on: path, dscp: peer.dscp)
            lastSent = turn.now
        }
        scheduleKeepAlive(&turn)
    }

    // MARK: Moving

    /// Follows the peer, or ourselves, to other addresses or ports; CHILD_SAs move along.
    func move(to new: Path, _ turn: inout Turn) {
        let old = path
        guard new != old else { return }
        path = new
        log(&turn, .ike) {
            new.local == old.local
                ? "remote endpoint changed from \(old.remote) to \(new.remote)"
                : "local endpoint changed from \(old.local) to \(new.local)"
        }
        moveChildren(&turn)
        turn.effects.append(.event(.ikeUpdated(snapshot(at: turn.now, usage: false), path: new)))
    }

    func moveChildren(_ turn: inout Turn) {
        for child in children {
            do throws(KernelError) {
                try child.move(to: childAddresses, environment: environment)
            } catch {
                log(&turn, .knl) { "moving CHILD_SA \(child.label) failed, a new one takes its place: \(error.reason)" }
                alert(&turn, "install-child-sa-failed", "CHILD_SA \(child.label): \(error.reason)")
                replaceUnmovable(child, &turn)
            }
        }
    }

    /// The kernel keeps a CHILD_SA at its old addresses: its rekeying installs one at the new ones. That comes after
    /// what is being said about the move.
    private func replaceUnmovable(_ child: ChildSA, _ turn: inout Turn) {
        guard child.state == .installed else { return }
        child.state = .retrying
        timers.set(.retryChild(child.uniqueID), at: turn.now + .seconds(1))
    }

    // MARK: The end

    /// Says goodbye and waits for the answer.
    package func close(commands: [CommandID] = [], _ turn: inout Turn) {
        switch state {
        case .destroying: return
        case .created, .connecting:
            destroy(reason: "the IKE_SA was closed before it was up", &turn)
        default:
            if let exchange = ([active].compactMap { $0 } + queue).first(where: { $0 is DeleteIKEExchange }) {
                exchange.commands += commands
                return
            }
            // The request that is on its way is still answered: the delete may only follow it (RFC 7296 §2.3).
            let waiting = queue
            queue = []
            for exchange in waiting { exchange.abandon(self, reason: "the IKE_SA is being deleted", &turn) }
            let exchange = DeleteIKEExchange()
            exchange.commands = commands
            enqueue(exchange, &turn)
        }
    }

    /// How long an IKE_SA that uniqueness displaces waits for the peer's own delete.
    private static let displacedLinger = Duration.seconds(10)

    /// Says goodbye after a while, unless the peer does so first.
    package func closeLater(_ turn: inout Turn) {
        timers.set(.rekeyedLinger, at: turn.now + Self.displacedLinger)
    }

    /// Longer than a peer waits that ends one of two by rules of its own.
    private static let redundantLinger = Duration.seconds(20)

    /// Says goodbye after a while if there is still another IKE_SA with the peer then.
    package func closeIfRedundant(_ turn: inout Turn) {
        timers.set(.redundant, at: turn.now + Self.redundantLinger)
    }

    /// Whether uniqueness has decided against this IKE_SA.
    package var isClosingSoon: Bool { timers.deadline(of: .rekeyedLinger) != nil }

    /// Says goodbye once and does not wait: at shutdown, and when forced.
    package func closeAtOnce(_ turn: inout Turn) {
        guard state != .destroying else { return }
        if isEstablished || state == .deleting {
            abandonQueue(reason: "closed by the operator", &turn)
            discardUnfinished()
            // Had the peer not got the last request, the delete would be outside of its window (RFC 7296 §2.3).
            if let outstanding = requests.outstanding { transmit(outstanding.datagrams, &turn) }
            requests.answered()
            enqueue(DeleteIKEExchange(), &turn)
        }
        destroy(reason: "closed by the operator", &turn)
    }

    /// A request was not answered however often it was sent.
    func peerIsSilent(_ turn: inout Turn) {
        let isConnecting = state == .connecting || state == .created
        if isConnecting {
            log(&turn, .ike) { "establishing IKE_SA failed, peer not responding" }
            alert(&turn, "peer-init-unreachable", "\(path.remote.address) does not respond")
            // What was asked for goes back to the list; the engine may try again with it, what it leaves here fails.
            abandonQueue(reason: "\(path.remote) does not respond", &turn)
            host.connectFailed(self, reason: .peerSilent, &turn)
            return destroy(reason: "\(path.remote) does not respond", &turn)
        }
        let lost = state == .deleting || state == .rekeyed ? [] : children
        let reason = "\(path.remote) does not respond"
        destroy(reason: reason, &turn)
        for child in lost { host.childLost(child, of: self, child.config.dpdAction, &turn) }
    }

    /// Takes everything back and leaves the table. Called in every end, exactly once.
    package func destroy(reason: String, _ turn: inout Turn) {
        guard state != .destroying else { return }
        let wasUp = establishedAt != nil && state != .rekeyed
        let shot = wasUp ? snapshot(at: turn.now, usage: true) : nil
        state = .destroying
        (predecessor?.active as? RekeyIKEExchange)?.forgetRival(self)
        timers.cancelAll()
        discardUnfinished()
        abandonQueue(reason: reason, &turn)
        for request in pending {
            for command in request.commands { turn.effects.append(.complete(command, .failed(reason))) }
        }
        pending = []
        if let shot, !shot.children.isEmpty { turn.effects.append(.event(.childUpDown(up: false, shot))) }
        for child in children {
            updown(child, up: false, &turn)
            remove(child)
        }
        if let shot { turn.effects.append(.event(.ikeUpDown(up: false, shot))) }
        handshake = nil
        keys = nil
        log(&turn, .ike) { "IKE_SA \(self.label) state change: => DESTROYING (\(reason))" }
        let wanted = closeActions
        closeActions = []
        for child in wanted { host.childLost(child, of: self, child.config.closeAction, &turn) }
    }

    func abandonQueue(reason: String, _ turn: inout Turn) {
        let exchanges = (active.map { [$0] } ?? []) + queue
        active = nil
        queue = []
        for exchange in exchanges { exchange.abandon(self, reason: reason, &turn) }
    }

    /// Commands that go away stop waiting here.
    package func abandon(_ command: CommandID) {
        active?.commands.removeAll { $0 == command }
        for exchange in queue { exchange.commands.removeAll { $0 == command } }
        for index in pending.indices { pending[index].commands.removeAll { $0 == command } }
    }
}

extension ChildSA {
    /// `net{3}`, as every log line calls it.
    package var label: String { "\(config.name){\(uniqueID)}" }
}
