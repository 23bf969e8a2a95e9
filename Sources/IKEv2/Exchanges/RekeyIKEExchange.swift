import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// CREATE_CHILD_SA that replaces the IKE_SA, as initiator (RFC 7296 §1.3.2, §2.18).
///
///     initiator                           responder
///     HDR, SK { SA, Ni, KEi }         →   makes the new IKE_SA, which takes over the CHILD_SAs
///     makes the new IKE_SA            ←   HDR, SK { SA, Nr, KEr }
///     HDR, SK { D }                   →   forgets the old IKE_SA
final class RekeyIKEExchange: Exchange {
    let name = "IKE_REKEY"
    var type: ExchangeType { followUp == nil ? .createChildSA : .ikeFollowupKE }
    var commands: [CommandID] = []

    private var nonce: [UInt8] = []
    private var spi: IKESPI = .none
    private var proposals: [Proposal] = []
    private var method: KeyExchangeMethod?
    private var keyExchange: (any KeyExchange)?
    private var tries = 0
    private var agreed: Agreed?
    private var followUp: FollowUpRequests?
    /// Whether the answer was read and additional key exchanges are under way.
    var isFollowingUp: Bool { followUp != nil }

    /// What the peer's answer to CREATE_CHILD_SA settled.
    private struct Agreed {
        let proposal: Proposal
        let remoteSPI: IKESPI
        let responderNonce: [UInt8]
        let secret: SecretBytes
    }
    /// The peer rekeyed the IKE_SA while our request was on its way.
    private(set) var rival: (sa: IKEv2SA, nonces: [[UInt8]])?

    init() {}

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        if followUp != nil { return writeFollowUp(sa, &message, &turn) }
        guard sa.state == .established || sa.state == .rekeying && tries > 0 else {
            complete(.done, &turn)
            return false
        }
        if tries == 0 {
            sa.log(&turn, .ike) { "initiating IKE_SA rekey of \(sa.label)" }
            spi = sa.host.takeSPI()
            // The method in use is one the peer can do: no round is lost to INVALID_KE_PAYLOAD.
            let present = sa.proposal?.keyExchange
            method = sa.peer.proposals.contains { $0.offers(present) } ? present : sa.peer.proposals.first?.preferredKeyExchange
        }
        proposals = sa.peer.proposals.enumerated().map { index, proposal in
            var proposal = proposal
            proposal.number = UInt8(truncatingIfNeeded: index + 1)
            proposal.spi = spi.bytes
            return proposal
        }
        do {
            guard let method else { throw CryptoError.unsupported("a proposal without key exchange") }
            let keyExchange = try sa.environment.crypto.keyExchange(method)
            self.keyExchange = keyExchange
            nonce = sa.environment.publicRandom(32)
            message.add(.securityAssociation) { SAPayload(proposals).write(to: &$0) }
            message.add(.nonce) { $0.append(nonce) }
            message.add(.keyExchange) {
                KEPayload(method: method, publicValue: keyExchange.publicValue).write(to: &$0)
            }
        } catch {
            complete(.failed("rekeying IKE_SA \(sa.label) failed: \(error)"), &turn)
            return false
        }
        sa.state = .rekeying
        return true
    }

    private func writeFollowUp(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        do throws(ChildFailure) {
            try followUp?.write(&message, sa.environment.crypto)
            return true
        } catch {
            refused("\(error)", sa, &turn)
            return false
        }
    }

    /// The peer's rekeying was answered while ours waits.
    func collided(with rival: IKEv2SA, nonces: [[UInt8]]) { self.rival = (rival, nonces) }

    /// The peer has deleted the IKE_SA of its own rekeying: it has lost.
    func forgetRival(_ sa: IKEv2SA) {
        if rival?.sa === sa { rival = nil }
    }

    /// The peer behaves as one whose rekeying has won; our response to know it by has not come yet.
    func concede(_ sa: IKEv2SA, _ turn: inout Turn) {
        guard let rival, !hasConceded else { return }
        hasConceded = true
        sa.replaced(by: rival.sa, &turn)
    }
    private var hasConceded = false

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .createChildInResp)
        let contents = response.contents
        if followUp != nil { return processFollowUp(contents, sa, &turn) }
        if let wanted = contents.wantedKeyExchange, tries < 3, wanted != method,
            proposals.contains(where: { $0.offers(wanted) })
        {
            method = wanted
            tries += 1
            return .again
        }
        if let error = contents.errorNotify, contents.sa == nil {
            if error.type == .noAdditionalSAs, rival == nil {
                reauthenticateInstead(sa, &turn)
                return .done
            }
            refused("received \(error.type) notify error", sa, &turn)
            return .done
        }
        do {
            let agreed = try agree(contents)
            self.agreed = agreed
            let additional = agreed.proposal.additionalKeyExchanges
            if !additional.isEmpty {
                followUp = try FollowUpRequests(additional, contents)
                return .again
            }
            settle(try replacement(agreed, [], sa), agreed.responderNonce, sa, &turn)
        } catch {
            refused("\(error)", sa, &turn)
        }
        return .done
    }

    private func processFollowUp(
        _ contents: MessageContents, _ sa: IKEv2SA, _ turn: inout Turn
    ) -> ExchangeOutcome {
        do {
            try followUp?.read(contents)
            guard let followUp, followUp.isDone, let agreed else { return .again }
            settle(try replacement(agreed, followUp.secrets, sa), agreed.responderNonce, sa, &turn)
        } catch {
            refused("\(error)", sa, &turn)
        }
        return .done
    }

    private func agree(_ contents: MessageContents) throws -> Agreed {
        guard let chosen = contents.sa?.proposals.first, contents.sa?.proposals.count == 1, let ke = contents.ke,
            let responderNonce = contents.nonce, let keyExchange,
            chosen.keyExchange == keyExchange.method, ke.method == keyExchange.method,
            let remoteSPI = IKESPI(bytes: chosen.spi), !remoteSPI.isZero,
            Proposal.isValidChoice(chosen, offered: proposals, policy: SelectionPolicy(acceptPrivate: true))
        else { throw ChildFailure.badAnswer("the peer's answer to the IKE_SA rekeying does not fit the request") }
        let secret = try ke.publicValue.withUnsafeBytes { try keyExchange.sharedSecret(peer: $0) }
        return Agreed(proposal: chosen, remoteSPI: remoteSPI, responderNonce: responderNonce, secret: secret)
    }

    private func replacement(_ agreed: Agreed, _ additional: [SecretBytes], _ sa: IKEv2SA) throws -> IKEv2SA {
        guard let oldKeys = sa.keys else { throw ChildFailure.badAnswer("the IKE_SA is gone") }
        let new = IKEv2SA(
            host: sa.host, peer: sa.peer, path: sa.path, isInitiator: true, localSPI: spi,
            uniqueID: sa.host.takeIKEUniqueID())
        new.remoteSPI = agreed.remoteSPI
        new.keys = try KeyDerivation(sa.environment.crypto).rekeyedKeys(
            agreed.proposal, old: oldKeys, sharedSecret: agreed.secret, additional: additional,
            inputs: KeyDerivation.Inputs(
                initiatorNonce: nonce, responderNonce: agreed.responderNonce, initiatorSPI: spi,
                responderSPI: agreed.remoteSPI, isInitiator: true))
        new.proposal = agreed.proposal
        return new
    }

    private func settle(_ new: IKEv2SA, _ responderNonce: [UInt8], _ sa: IKEv2SA, _ turn: inout Turn) {
        new.copyIdentity(of: sa)
        sa.host.adopt(new)
        let collision = rival.map { RekeyCollision(own: [nonce, responderNonce], theirs: $0.nonces) }
        sa.count(&turn, .ikeRekeyInit)
        if hasConceded || collision?.weWin == false {
            sa.log(&turn, .ike) { "IKE_SA rekey collision lost, deleting redundant IKE_SA \(new.label)" }
            concede(sa, &turn)
            new.state = .rekeyed
            new.establishedAt = turn.now
            new.enqueue(DeleteIKEExchange(), &turn)
        } else {
            if let rival {
                sa.log(&turn, .ike) { "IKE_SA rekey collision won, waiting for delete of redundant IKE_SA \(rival.sa.label)" }
                rival.sa.state = .rekeyed
                rival.sa.timers.set(.rekeyedLinger, at: turn.now + IKEv2SA.rekeyedLinger)
                sa.host.touch(rival.sa)
            }
            sa.replaced(by: new, &turn)
            sa.queue.insert(DeleteIKEExchange(), at: 0)
        }
        complete(.done, &turn)
    }

    /// A minimal peer has no CREATE_CHILD_SA: new keys come with a new IKE_SA (RFC 7296 §4).
    private func reauthenticateInstead(_ sa: IKEv2SA, _ turn: inout Turn) {
        sa.log(&turn, .ike) { "peer seems to not support IKE_SA rekeying, starting reauthentication" }
        sa.state = .established
        sa.reauthenticate(commands: commands, &turn)
        commands = []
    }

    private func refused(_ reason: String, _ sa: IKEv2SA, _ turn: inout Turn) {
        sa.log(&turn, .ike) { "IKE_SA rekeying failed: \(reason)" }
        if rival != nil {
            concede(sa, &turn)
            return complete(.done, &turn)
        }
        sa.state = .established
        let delay = Duration.seconds(5) + sa.environment.random(upTo: .seconds(10))
        sa.log(&turn, .ike) { "trying the rekeying again in \(delay.inSeconds) seconds" }
        sa.timers.set(.retryRekey, at: turn.now + delay)
        complete(.failed("rekeying IKE_SA \(sa.label) failed: \(reason)"), &turn)
    }

    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        if let rival, !hasConceded {
            // Torn down by force: what the peer has made of it in the meantime goes as well.
            sa.host.touch(rival.sa)
            if sa.state == .destroying { sa.replacedLate(by: rival.sa, &turn) } else { rival.sa.destroy(reason: reason, &turn) }
        }
        complete(.failed(reason), &turn)
    }
}

extension IKESPI {
    /// Eight octets in network byte order.
    init?(bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        self.init(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}

extension Proposal {
    func offers(_ method: KeyExchangeMethod?) -> Bool {
        guard let method else { return false }
        return transforms(.keyExchange).contains { $0.id == method.rawValue }
    }
}
