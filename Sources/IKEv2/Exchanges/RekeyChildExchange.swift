import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// CREATE_CHILD_SA that replaces a CHILD_SA, as initiator (RFC 7296 §1.3.3).
///
///     initiator                                              responder
///     HDR, SK { N(REKEY_SA), SA, Ni, [KEi], TSi, TSr }   →   installs inbound, keeps sending on the old SA
///     installs both, sends on the new SA                 ←   HDR, SK { SA, Nr, [KEr], TSi, TSr }
///     HDR, SK { D (old) }                                →   sends on the new SA
final class RekeyChildExchange: Exchange {
    let name = "CHILD_REKEY"
    var type: ExchangeType { followUp == nil ? .createChildSA : .ikeFollowupKE }
    var commands: [CommandID] = []

    let old: ChildSA
    private(set) var nonce: [UInt8] = []
    private var offer: ChildOffer?
    private var method: KeyExchangeMethod?
    private var tries = 0
    private var responderNonce: [UInt8] = []
    private var followUp: FollowUpRequests?
    /// Whether the answer was read and additional key exchanges are under way.
    var isFollowingUp: Bool { followUp != nil }
    /// The peer rekeyed the same CHILD_SA while our request was on its way.
    private var rival: (child: ChildSA, nonces: [[UInt8]])?
    var rivalChild: ChildSA? { rival?.child }
    /// The peer deleted the CHILD_SA for good while our request was on its way.
    var wasDeletedByPeer = false

    init(_ old: ChildSA) { self.old = old }

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        if followUp != nil { return writeFollowUp(sa, &message, &turn) }
        guard sa.children.contains(where: { $0 === old }), mayRekey else {
            complete(.done, &turn)
            return false
        }
        // The peer is at it already; should it not finish, our turn comes again.
        if sa.unfinished.contains(where: { $0.isRekeying(old) }) {
            sa.scheduleRetry(old, &turn)
            complete(.done, &turn)
            return false
        }
        do throws(ChildFailure) {
            let offer = try ChildOffer(
                sa, old.config, reqid: old.reqid, trigger: nil, replacing: old, withKeyExchange: true,
                method: method)
            offer.logBeginning(&turn)
            self.offer = offer
            old.state = .rekeying
            nonce = sa.environment.publicRandom(32)
            message.add(NotifyPayload(.rekeySA, protocolID: old.protocolID, spi: old.spiIn.bytes))
            offer.write(&message, nonce: nonce)
            return true
        } catch {
            sa.childFailed(old.config.name, error, &turn)
            sa.scheduleRetry(old, &turn)
            complete(.failed("rekeying CHILD_SA '\(old.config.name)' failed: \(error)"), &turn)
            return false
        }
    }

    private func writeFollowUp(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        do throws(ChildFailure) {
            try followUp?.write(&message, sa.environment.crypto)
            return true
        } catch {
            answerFailed(error, sa, &turn)
            return false
        }
    }

    private var mayRekey: Bool {
        switch old.state {
        case .installed, .retrying, .updating: true
        case .rekeying: tries > 0
        default: false
        }
    }

    /// The peer's rekeying of the same CHILD_SA was answered while ours waits.
    func collided(with child: ChildSA, nonces: [[UInt8]]) { rival = (child, nonces) }

    /// A CHILD_SA that the peer made in a rekeying of its own is deleted again: that rekeying has lost.
    func forgetRival(_ child: ChildSA) {
        if rival?.child === child { rival = nil }
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .createChildInResp)
        guard let offer else { return .done }
        let contents = response.contents
        if followUp != nil { return processFollowUp(contents, offer, sa, &turn) }
        if let wanted = contents.wantedKeyExchange, offer.allows(wanted), tries < 3, !wasDeletedByPeer {
            discard()
            method = wanted
            tries += 1
            return .again
        }
        if let error = contents.errorNotify, contents.sa == nil {
            discard()
            refused(error.type, sa, &turn)
            return .done
        }
        responderNonce = contents.nonce ?? []
        do throws(ChildFailure) {
            followUp = try offer.accept(contents, &turn)
        } catch {
            answerFailed(error, sa, &turn)
            return .done
        }
        if followUp != nil { return .again }
        answered(offer, sa, &turn)
        return .done
    }

    private func processFollowUp(
        _ contents: MessageContents, _ offer: ChildOffer, _ sa: IKEv2SA, _ turn: inout Turn
    ) -> ExchangeOutcome {
        do throws(ChildFailure) {
            try followUp?.read(contents)
            guard followUp?.isDone == true else { return .again }
            answered(offer, sa, &turn)
        } catch {
            if error.isTemporary {
                discard()
                refused(.temporaryFailure, sa, &turn)
            } else {
                answerFailed(error, sa, &turn)
            }
        }
        return .done
    }

    /// Everything is exchanged.
    private func answered(_ offer: ChildOffer, _ sa: IKEv2SA, _ turn: inout Turn) {
        let collision = rival.map { RekeyCollision(own: [nonce, responderNonce], theirs: $0.nonces) }
        let weWin = (collision?.weWin ?? true) && !wasDeletedByPeer
        do throws(ChildFailure) {
            try offer.install(
                initiatorNonce: nonce, responderNonce: responderNonce, additional: followUp?.secrets ?? [],
                delayOutbound: !weWin, &turn)
        } catch {
            return answerFailed(error, sa, &turn)
        }
        self.offer = nil
        weWin ? won(offer.child, sa, &turn) : lost(offer.child, sa, &turn)
        complete(.done, &turn)
    }

    private func answerFailed(_ failure: ChildFailure, _ sa: IKEv2SA, _ turn: inout Turn) {
        if let child = offer?.child {
            discard()
            sa.queue.append(DeleteChildExchange.forFailed(child))
        }
        sa.childFailed(old.config.name, failure, &turn)
        if rival == nil, sa.children.contains(where: { $0 === old }) { sa.scheduleRetry(old, &turn) }
        complete(.failed("rekeying CHILD_SA '\(old.config.name)' failed: \(failure)"), &turn)
    }

    private func won(_ new: ChildSA, _ sa: IKEv2SA, _ turn: inout Turn) {
        if let rival {
            sa.log(&turn, .ike) { "CHILD_SA rekey collision won, deleting old child \(self.old.label)" }
            // The peer deletes what it made; until then it must not displace the new SA.
            rival.child.state = .rekeyed
            rival.child.replacedBy = new
            sa.awaitDelete(of: rival.child, &turn)
        }
        new.replaces = old
        old.replacedBy = new
        let isOldHere = sa.children.contains { $0 === old }
        sa.childRekeyed(old, new, &turn)
        guard isOldHere else { return }
        old.state = .rekeyed
        sa.queue.insert(DeleteChildExchange(old), at: 0)
    }

    private func lost(_ new: ChildSA, _ sa: IKEv2SA, _ turn: inout Turn) {
        sa.log(&turn, .ike) { "CHILD_SA rekey collision lost, deleting redundant child \(new.label)" }
        new.state = .rekeyed
        if let rival { settle(rival.child, sa, &turn) }
        sa.queue.insert(DeleteChildExchange(new), at: 0)
    }

    /// The peer's rekeying stands; it will delete the old CHILD_SA.
    private func settle(_ rival: ChildSA, _ sa: IKEv2SA, _ turn: inout Turn) {
        guard sa.children.contains(where: { $0 === old }), old.state == .rekeying else { return }
        old.state = .rekeyed
        old.replacedBy = rival
        rival.replaces = old
        sa.awaitDelete(of: old, &turn)
        sa.childRekeyed(old, rival, &turn)
    }

    private func refused(_ error: NotifyType, _ sa: IKEv2SA, _ turn: inout Turn) {
        if let rival {
            // Ours came too late for the peer; its own has taken effect.
            settle(rival.child, sa, &turn)
            return complete(.done, &turn)
        }
        guard sa.children.contains(where: { $0 === old }) else { return complete(.done, &turn) }
        sa.log(&turn, .ike) { "received \(error) notify error, CHILD_SA \(self.old.label) was not rekeyed" }
        if error == .noAdditionalSAs {
            // A minimal peer has no CREATE_CHILD_SA: new keys come with a new IKE_SA (RFC 7296 §1.3, §4).
            sa.log(&turn, .ike) { "peer seems to not support CHILD_SA rekeying, starting reauthentication" }
            old.state = .installed
            sa.reauthenticate(commands: commands, &turn)
            commands = []
            return
        }
        guard error == .childSANotFound else {
            old.state = .installed
            sa.scheduleRetry(old, &turn)
            return complete(.failed("rekeying CHILD_SA '\(old.config.name)' failed: received \(error)"), &turn)
        }
        // The peer does not know the CHILD_SA any more: a new one takes its place (RFC 7296 §2.25).
        sa.announceDown(old, &turn)
        sa.remove(old)
        let replacement = CreateChildExchange(PendingChild(config: old.config, commands: commands))
        commands = []
        // Should it come to know the old one by a response that is late, it must not keep it.
        sa.queue.insert(contentsOf: [DeleteChildExchange.forFailed(old), replacement] as [any Exchange], at: 0)
    }

    private func discard() {
        offer?.discard()
        offer = nil
        followUp = nil
    }

    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        discard()
        if old.state == .rekeying { old.state = .installed }
        complete(.failed(reason), &turn)
    }
}
