import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// CREATE_CHILD_SA for a further CHILD_SA, as initiator (RFC 7296 §1.3.1).
///
///     initiator                                        responder
///     HDR, SK { SA, Ni, [KEi], TSi, TSr }          →
///                                                  ←   HDR, SK { SA, Nr, [KEr], TSi, TSr }
final class CreateChildExchange: Exchange {
    let name = "CHILD_CREATE"
    var type: ExchangeType { followUp == nil ? .createChildSA : .ikeFollowupKE }
    var commands: [CommandID]
    var childName: String? { request.config.name }

    private var request: PendingChild
    /// What is asked for, for whoever sets it up instead.
    var waiting: PendingChild {
        var request = request
        request.commands = commands
        return request
    }
    private var offer: ChildOffer?
    private var nonce: [UInt8] = []
    private var method: KeyExchangeMethod?
    private var tries = 0
    private var responderNonce: [UInt8] = []
    private var followUp: FollowUpRequests?

    /// The expired CHILD_SA that this one is for.
    weak var recreated: ChildSA?

    /// Gives what is asked for to another IKE_SA; this exchange answers to nobody any more.
    func handOff() -> PendingChild {
        defer { commands = [] }
        return waiting
    }

    init(_ request: PendingChild) {
        self.request = request
        commands = request.commands
    }

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        do throws(ChildFailure) {
            if followUp != nil {
                try followUp?.write(&message, sa.environment.crypto)
                return true
            }
            let offer = try ChildOffer(
                sa, request.config, reqid: request.reqid, trigger: request.trigger,
                onlyTrigger: request.isSinglePair, replacing: nil, withKeyExchange: true, method: method)
            offer.logBeginning(&turn)
            self.offer = offer
            nonce = sa.environment.publicRandom(32)
            offer.write(&message, nonce: nonce)
            return true
        } catch {
            discard()
            fail(sa, error, &turn)
            return false
        }
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .createChildInResp)
        guard let offer else { return .done }
        let contents = response.contents
        if followUp != nil { return processFollowUp(contents, offer, sa, &turn) }
        if let wanted = contents.wantedKeyExchange, offer.allows(wanted), tries < 3 {
            sa.log(&turn, .ike) { "peer didn't accept our key exchange, it requested \(wanted)" }
            discard()
            method = wanted
            tries += 1
            return .again
        }
        if let error = contents.errorNotify, contents.sa == nil {
            discard()
            switch error.type {
            case .temporaryFailure: tryLater(sa, &turn)
            case .singlePairRequired where request.canNarrow:
                sa.log(&turn, .ike) { "peer wants a single pair of selectors, proposing those of the packet" }
                request.isSinglePair = true
                return .again
            default: fail(sa, .refused(error.type), &turn)
            }
            return .done
        }
        do throws(ChildFailure) {
            responderNonce = contents.nonce ?? []
            followUp = try offer.accept(contents, &turn)
            if followUp != nil { return .again }
            try install(offer, sa, &turn)
        } catch {
            answerFailed(offer, error, sa, &turn)
        }
        return .done
    }

    private func processFollowUp(
        _ contents: MessageContents, _ offer: ChildOffer, _ sa: IKEv2SA, _ turn: inout Turn
    ) -> ExchangeOutcome {
        do throws(ChildFailure) {
            try followUp?.read(contents)
            guard followUp?.isDone == true else { return .again }
            try install(offer, sa, &turn)
        } catch {
            if error.isTemporary {
                discard()
                tryLater(sa, &turn)
            } else {
                answerFailed(offer, error, sa, &turn)
            }
        }
        return .done
    }

    private func install(_ offer: ChildOffer, _ sa: IKEv2SA, _ turn: inout Turn) throws(ChildFailure) {
        try offer.install(
            initiatorNonce: nonce, responderNonce: responderNonce, additional: followUp?.secrets ?? [], &turn)
        sa.childEstablished(offer.child, &turn)
        complete(.done, &turn)
    }

    private func answerFailed(_ offer: ChildOffer, _ failure: ChildFailure, _ sa: IKEv2SA, _ turn: inout Turn) {
        discard()
        fail(sa, failure, &turn)
        sa.queue.append(DeleteChildExchange.forFailed(offer.child))
    }

    /// The peer is busy with the IKE_SA (RFC 7296 §2.25).
    private func tryLater(_ sa: IKEv2SA, _ turn: inout Turn) {
        let request = waiting
        commands = []
        sa.postpone(request, &turn)
    }

    private func fail(_ sa: IKEv2SA, _ failure: ChildFailure, _ turn: inout Turn) {
        sa.childFailed(request.config.name, failure, &turn)
        complete(.failed("establishing CHILD_SA '\(request.config.name)' failed: \(failure)"), &turn)
    }

    private func discard() {
        offer?.discard()
        offer = nil
        followUp = nil
    }

    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        discard()
        complete(.failed(reason), &turn)
    }
}

extension MessageContents {
    /// The method of an INVALID_KE_PAYLOAD notify (RFC 7296 §1.3).
    var wantedKeyExchange: KeyExchangeMethod? {
        guard let data = notify(.invalidKEPayload)?.data, data.count == 2 else { return nil }
        return KeyExchangeMethod(rawValue: UInt16(data[0]) << 8 | UInt16(data[1]))
    }
}
