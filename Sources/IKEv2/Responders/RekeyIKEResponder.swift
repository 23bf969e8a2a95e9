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
        guard let remoteSPI = IKESPI(bytes: chosen.spi), !remoteSPI.isZero, let initiatorNonce = contents.nonce,
            let oldKeys = sa.keys
        else { return reply.refuse(.invalidSyntax) }
        let new = IKEv2SA(
            host: sa.host, peer: sa.peer, path: sa.path, isInitiator: false, localSPI: sa.host.takeSPI(),
            uniqueID: sa.host.takeIKEUniqueID())
        let nonce = sa.environment.publicRandom(32)
        do {
            let (publicValue, secret) = try ke.publicValue.withUnsafeBytes {
                try sa.environment.crypto.answerKeyExchange(method, peer: $0)
            }
            new.remoteSPI = remoteSPI
            new.proposal = chosen
            new.keys = try KeyDerivation(sa.environment.crypto).rekeyedKeys(
                chosen, old: oldKeys, sharedSecret: secret,
                inputs: KeyDerivation.Inputs(
                    initiatorNonce: initiatorNonce, responderNonce: nonce, initiatorSPI: remoteSPI,
                    responderSPI: new.localSPI, isInitiator: false))
            write(chosen, new.localSPI, nonce, KEPayload(method: method, publicValue: publicValue), &reply)
        } catch {
            sa.log(&turn, .ike) { "answering the IKE_SA rekeying failed: \(error)" }
            return reply.refuse(.invalidSyntax)
        }
        new.copyIdentity(of: sa)
        sa.host.adopt(new)
        sa.count(&turn, .ikeRekeyResp)
        settle(new, [initiatorNonce, nonce], &reply)
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
