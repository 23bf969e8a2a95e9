import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers the rekeying of an IKE_SA (RFC 7296 §1.3.2, §2.18).
struct RekeyIKEResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    func respond(to contents: MessageContents, _ reply: inout Reply, _ turn: inout Turn) {
        // CHILD_SAs that are being made, rekeyed or closed would fall between the two IKE_SAs (RFC 7296 §2.25.2).
        if let active = sa.active, !(active is RekeyIKEExchange), !(active is LivenessExchange) {
            sa.log(&turn, .ike) { "peer initiated IKE_SA rekeying, but \(active.name) is under way" }
            return reply.refuse(.temporaryFailure)
        }
        let offered = contents.sa?.proposals ?? []
        let policy = SelectionPolicy(
            preferConfigured: sa.environment.settings.preferConfiguredProposals,
            acceptPrivate: sa.acceptsPrivateAlgorithms)
        switch Proposal.select(offered: offered, configured: sa.peer.proposals, policy: policy) {
        case .failure(let mismatch):
            for line in mismatch.lines { sa.log(&turn, .cfg) { line } }
            sa.alert(&turn, "proposal-mismatch-ike", "\(mismatch)")
            reply.refuse(.noProposalChosen)
        case .success(let chosen):
            answer(contents, chosen, &reply, &turn)
        }
    }

    private func answer(
        _ contents: MessageContents, _ chosen: Proposal, _ reply: inout Reply, _ turn: inout Turn
    ) {
        guard let method = chosen.keyExchange, let ke = contents.ke, ke.method == method else {
            let wanted = chosen.keyExchange?.rawValue ?? 0
            return reply.refuse(.invalidKEPayload, data: [UInt8(wanted >> 8), UInt8(wanted & 0xff)])
        }
        guard let remoteSPI = IKESPI(bytes: chosen.spi), !remoteSPI.isZero, let initiatorNonce = contents.nonce
        else { return reply.refuse(.invalidSyntax) }
        let additional = chosen.additionalKeyExchanges
        guard mayBegin(additional, &turn) else { return reply.refuse(.temporaryFailure) }
        do throws(CryptoError) {
            let (publicValue, secret) = try sa.environment.crypto.answerKeyExchange(method, peer: ke.publicValue)
            let answer = RekeyIKEAnswer(
                proposal: chosen, localSPI: sa.host.takeSPI(), remoteSPI: remoteSPI, secret: secret,
                initiatorNonce: initiatorNonce, responderNonce: sa.environment.publicRandom(32))
            let payload = KEPayload(method: method, publicValue: publicValue)
            guard additional.isEmpty else {
                write(chosen, answer.localSPI, answer.responderNonce, payload, &reply)
                return sa.followUp(.ike(answer), methods: additional, &reply, &turn)
            }
            try replace(answer, [], &reply, &turn)
            write(chosen, answer.localSPI, answer.responderNonce, payload, &reply)
        } catch {
            sa.log(&turn, .ike) { "answering the IKE_SA rekeying failed: \(error)" }
            reply.refuse(.invalidSyntax)
        }
    }

    /// With additional key exchanges it is not to be seen at once which of two rekeyings wins: one has to give way.
    /// What the peer has begun besides has to be over, or would be lost with this IKE_SA.
    private func mayBegin(_ additional: [KeyExchangeMethod], _ turn: inout Turn) -> Bool {
        if let own = sa.active as? RekeyIKEExchange, own.isFollowingUp || !additional.isEmpty {
            sa.log(&turn, .ike) { "peer initiated IKE_SA rekeying, but ours is under way" }
            return false
        }
        // A peer that begins anew has given up what it began before.
        for answer in sa.unfinished { answer.discard() }
        sa.unfinished = []
        return true
    }

    /// The last additional key exchange is there, and with it the new IKE_SA.
    func finish(
        _ answer: RekeyIKEAnswer, _ additional: [SecretBytes], _ payload: KEPayload, _ reply: inout Reply,
        _ turn: inout Turn
    ) {
        do throws(CryptoError) {
            try replace(answer, additional, &reply, &turn)
            reply.message.add(.keyExchange) { payload.write(to: &$0) }
        } catch {
            sa.log(&turn, .ike) { "answering the IKE_SA rekeying failed: \(error)" }
            reply.refuse(.invalidSyntax)
        }
    }

    /// Makes the new IKE_SA.
    private func replace(
        _ answer: RekeyIKEAnswer, _ additional: [SecretBytes], _ reply: inout Reply, _ turn: inout Turn
    ) throws(CryptoError) {
        guard let oldKeys = sa.keys else { throw .backend("the IKE_SA is gone") }
        let new = IKEv2SA(
            host: sa.host, peer: sa.peer, path: sa.path, isInitiator: false, localSPI: answer.localSPI,
            uniqueID: sa.host.takeIKEUniqueID())
        new.remoteSPI = answer.remoteSPI
        new.proposal = answer.proposal
        new.keys = try KeyDerivation(sa.environment.crypto).rekeyedKeys(
            answer.proposal, old: oldKeys, sharedSecret: answer.secret, additional: additional,
            inputs: KeyDerivation.Inputs(
                initiatorNonce: answer.initiatorNonce, responderNonce: answer.responderNonce,
                initiatorSPI: answer.remoteSPI, responderSPI: answer.localSPI, isInitiator: false))
        new.copyIdentity(of: sa)
        sa.host.adopt(new)
        sa.count(&turn, .ikeRekeyResp)
        settle(new, [answer.initiatorNonce, answer.responderNonce], &reply)
    }

    private func write(_ chosen: Proposal, _ spi: IKESPI, _ nonce: [UInt8], _ ke: KEPayload, _ reply: inout Reply) {
        var answer = chosen
        answer.spi = spi.bytes
        reply.message.add(.securityAssociation) { SAPayload([answer]).write(to: &$0) }
        reply.message.add(.nonce) { $0.append(nonce) }
        reply.message.add(.keyExchange) { ke.write(to: &$0) }
    }

    private func settle(_ new: IKEv2SA, _ nonces: [[UInt8]], _ reply: inout Reply) {
        if let own = sa.active as? RekeyIKEExchange {
            // Decided when our own answer arrives; the peer may use the new IKE_SA before that.
            new.predecessor = sa
            return own.collided(with: new, nonces: nonces)
        }
        let old = sa
        reply.afterwards.append { turn in old.replaced(by: new, &turn) }
    }
}

/// What we answered to the rekeying of an IKE_SA, while the new one waits for its keys.
struct RekeyIKEAnswer {
    let proposal: Proposal
    let localSPI: IKESPI
    let remoteSPI: IKESPI
    let secret: SecretBytes
    let initiatorNonce: [UInt8]
    let responderNonce: [UInt8]
}
