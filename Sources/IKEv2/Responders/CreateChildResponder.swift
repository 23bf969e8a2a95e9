import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers CREATE_CHILD_SA: a further CHILD_SA, the rekeying of one, or the rekeying of the IKE_SA (RFC 7296 §1.3).
/// What may not happen at the same time gets TEMPORARY_FAILURE (RFC 7296 §2.25).
struct CreateChildResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    func respond(to contents: MessageContents, _ reply: inout Reply, _ turn: inout Turn) {
        guard sa.state == .established || sa.state == .rekeying else {
            return refuse(&reply, .temporaryFailure, "IKE_SA \(sa.label) is \(sa.state.rawValue)", &turn)
        }
        if contents.sa?.proposals.isEmpty == true {
            // Every proposal has protocols or transforms that we do not know (RFC 7296 §3.3.6).
            refuse(&reply, .noProposalChosen, "none of the proposals is understood", &turn)
        } else if contents.sa?.proposals.first?.protocolID == .ike {
            RekeyIKEResponder(sa).respond(to: contents, &reply, &turn)
        } else if contents.tsInitiator == nil {
            refuse(&reply, .invalidSyntax, "the request lacks traffic selectors", &turn)
        } else if sa.state == .rekeying {
            refuse(&reply, .temporaryFailure, "the IKE_SA is being rekeyed", &turn)
        } else if let notify = contents.notify(.rekeySA) {
            rekey(notify, contents, &reply, &turn)
        } else {
            create(contents, &reply, &turn)
        }
    }

    private func refuse(
        _ reply: inout Reply, _ type: NotifyType, _ reason: String, data: [UInt8] = [], _ turn: inout Turn
    ) {
        sa.log(&turn, .ike) { "CREATE_CHILD_SA request refused with \(type): \(reason)" }
        reply.refuse(type, data: data)
    }

    private func create(_ contents: MessageContents, _ reply: inout Reply, _ turn: inout Turn) {
        let nonce = sa.environment.publicRandom(32)
        do throws(ChildRefusal) {
            let answer = try ChildAnswer(
                sa, contents, candidates: sa.peer.children, rekeyed: nil, withKeyExchange: true, &turn)
            let nonces = [contents.nonce ?? [], nonce]
            let additional = answer.additionalKeyExchanges
            guard additional.isEmpty else {
                answer.write(&reply.message, nonce: nonce)
                return sa.followUp(
                    .child(answer, rekeyed: nil, nonces: nonces), methods: additional, &reply, &turn)
            }
            try install(answer, rekeyed: nil, nonces, [], &turn)
            answer.write(&reply.message, nonce: nonce)
        } catch {
            sa.alert(&turn, error.failure.alertKind, "\(error.failure)")
            refuse(&reply, error.notify, "\(error.failure)", data: error.data, &turn)
        }
    }

    private func rekey(
        _ notify: NotifyPayload, _ contents: MessageContents, _ reply: inout Reply, _ turn: inout Turn
    ) {
        guard let protocolID = notify.protocolID, let spi = SPI(bytes: notify.spi),
            let old = sa.child(outboundSPI: spi, protocolID), old.state != .deleted
        else {
            if sa.active?.isMakingSA == true {
                // It may be the one that the response to our own request brings.
                return refuse(&reply, .temporaryFailure, "a CHILD_SA is on its way", &turn)
            }
            sa.log(&turn, .ike) { "CHILD_SA to rekey with SPI \(hexadecimalText(notify.spi)) not found" }
            return reply.message.add(
                NotifyPayload(.childSANotFound, protocolID: notify.protocolID, spi: notify.spi))
        }
        guard old.state == .installed || old.state == .rekeying || old.state == .retrying || old.state == .updating
        else {
            return refuse(&reply, .temporaryFailure, "CHILD_SA \(old.label) is \(old.state.rawValue)", &turn)
        }
        let nonce = sa.environment.publicRandom(32)
        do throws(ChildRefusal) {
            let answer = try ChildAnswer(
                sa, contents, candidates: [old.config], rekeyed: old, withKeyExchange: true, &turn)
            let nonces = [contents.nonce ?? [], nonce]
            let additional = answer.additionalKeyExchanges
            if let own = sa.active as? RekeyChildExchange, own.old === old, own.isFollowingUp || !additional.isEmpty {
                // Which of two rekeyings wins is not to be seen before both are over; one of them has to give way.
                answer.discard()
                return refuse(&reply, .temporaryFailure, "CHILD_SA \(old.label) is being rekeyed", &turn)
            }
            guard additional.isEmpty else {
                forgetEarlier(old)
                answer.write(&reply.message, nonce: nonce)
                return sa.followUp(
                    .child(answer, rekeyed: old, nonces: nonces), methods: additional, &reply, &turn)
            }
            try install(answer, rekeyed: old, nonces, [], &turn)
            answer.write(&reply.message, nonce: nonce)
        } catch {
            refuse(&reply, error.notify, "\(error.failure)", data: error.data, &turn)
        }
    }

    /// The peer begins the rekeying of a CHILD_SA anew: what it began before is over.
    private func forgetEarlier(_ old: ChildSA) {
        for answer in sa.unfinished where answer.isRekeying(old) { answer.discard() }
        sa.unfinished.removeAll { $0.isRekeying(old) }
    }

    private func install(
        _ answer: ChildAnswer, rekeyed old: ChildSA?, _ nonces: [[UInt8]], _ additional: [SecretBytes],
        _ turn: inout Turn
    ) throws(ChildRefusal) {
        // Until the peer deletes a rekeyed SA it may not have our answer: sending goes on as before.
        let olds = old == nil ? sa.host.predecessors(of: answer.child, in: sa) : []
        try answer.install(
            initiatorNonce: nonces[0], responderNonce: nonces[1], additional: additional,
            delayOutbound: old != nil || !olds.isEmpty, &turn)
        if let old { return settle(old, answer.child, nonces: nonces, &turn) }
        sa.takeOver(answer.child, from: olds, &turn)
        sa.childEstablished(answer.child, &turn)
    }

    /// The last additional key exchange is there, and with it the CHILD_SA.
    func finish(
        _ answer: ChildAnswer, rekeyed old: ChildSA?, _ nonces: [[UInt8]], _ additional: [SecretBytes],
        _ payload: KEPayload, _ reply: inout Reply, _ turn: inout Turn
    ) {
        if let old {
            let isThere = sa.children.contains { $0 === old }
            guard isThere, old.state == .installed || old.state == .retrying || old.state == .updating else {
                answer.discard()
                return refuse(&reply, .temporaryFailure, "CHILD_SA \(old.label) is \(old.state.rawValue)", &turn)
            }
        }
        do throws(ChildRefusal) {
            try install(answer, rekeyed: old, nonces, additional, &turn)
            reply.message.add(.keyExchange) { payload.write(to: &$0) }
        } catch {
            sa.alert(&turn, error.failure.alertKind, "\(error.failure)")
            refuse(&reply, error.notify, "\(error.failure)", data: error.data, &turn)
        }
    }

    private func settle(_ old: ChildSA, _ new: ChildSA, nonces: [[UInt8]], _ turn: inout Turn) {
        if let own = sa.active as? RekeyChildExchange, own.old === old {
            // Decided when our own answer arrives.
            return own.collided(with: new, nonces: nonces)
        }
        old.state = .rekeyed
        old.replacedBy = new
        new.replaces = old
        sa.timers.cancel(.retryChild(old.uniqueID))
        sa.awaitDelete(of: old, &turn)
        sa.childRekeyed(old, new, &turn)
    }

    private func hexadecimalText(_ bytes: [UInt8]) -> String { SPI(bytes: bytes).map { "\($0)" } ?? "?" }
}
