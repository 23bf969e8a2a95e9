import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

// One IKE_SA takes over from another.

extension IKEv2SA {
    /// How long a replaced IKE_SA waits for the delete of the side that replaced it.
    static let rekeyedLinger = Duration.seconds(90)

    /// Who the two ends are and what they can do does not change with the keys.
    func copyIdentity(of old: IKEv2SA) {
        localIdentity = old.localIdentity
        remoteIdentity = old.remoteIdentity
        isOriginalInitiator = old.isOriginalInitiator
        capabilities = old.capabilities
        natLocal = old.natLocal
        natRemote = old.natRemote
        natFake = old.natFake
        peerAddresses = old.peerAddresses
        announcedAddresses = old.announcedAddresses
        usesPPK = old.usesPPK
        resolvedInterfaceIDs = old.interfaceIDs
        handshake = nil
        state = .connecting
    }

    /// The CHILD_SAs, their timers and what is queued go to `new`; this SA waits for its delete.
    func replaced(by new: IKEv2SA, _ turn: inout Turn) {
        let before = snapshot(at: turn.now, usage: false)
        state = .rekeyed
        discardUnfinished()
        replacement = new
        for timer in [IKETimer.rekey, .retryRekey, .reauthenticate, .liveness, .keepAlive, .lifetime, .redundant] {
            timers.cancel(timer)
        }
        timers.set(.rekeyedLinger, at: turn.now + Self.rekeyedLinger)
        handOver(to: new, &turn)
        turn.effects.append(.event(.ikeRekeyed(old: before, new: new.snapshot(at: turn.now, usage: false))))
        new.initiateNext(&turn)
    }

    /// The SA is gone already; its successor of a lost collision takes what is left.
    func replacedLate(by new: IKEv2SA, _ turn: inout Turn) {
        handOver(to: new, &turn)
        new.initiateNext(&turn)
    }

    private func handOver(to new: IKEv2SA, _ turn: inout Turn) {
        new.children += children
        for child in children {
            for timer in IKETimer.ofChild(child.uniqueID) {
                if let deadline = timers.deadline(of: timer) {
                    new.timers.set(timer, at: deadline)
                    timers.cancel(timer)
                }
            }
        }
        children = []
        // A delete among them was meant for whatever IKE_SA there is between the two.
        new.queue += queue
        queue = []
        new.pending += pending
        pending = []
        timers.cancel(.retryCreate)
        host.touch(new)
        if new.state != .established { new.establishAsReplacement(of: self, &turn) }
        new.startPending(&turn)
    }

    private func establishAsReplacement(of old: IKEv2SA, _ turn: inout Turn) {
        state = .established
        establishedAt = turn.now
        lastReceived = turn.now
        lastSent = turn.now
        // The old one may have moved since this one was made.
        path = old.path
        isStale = old.isStale
        log(&turn, .ike, 0) { "IKE_SA \(self.label) rekeyed between \(self.ends)" }
        scheduleLifetime(&turn)
        // Only authentication itself puts off the next one.
        timers.cancel(.reauthenticate)
        if let deadline = old.reauthenticationDeadline { timers.set(.reauthenticate, at: deadline) }
        reauthenticationDeadline = old.reauthenticationDeadline
        scheduleLiveness(&turn)
        scheduleKeepAlive(&turn)
        moveChildren(&turn)
    }
}
