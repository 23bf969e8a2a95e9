import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers IKE_FOLLOWUP_KE (RFC 9370 §2.2.4): the additional key exchanges of an SA that CREATE_CHILD_SA has begun.
/// The last of them makes the SA.
struct FollowUpResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    func respond(to contents: MessageContents, _ reply: inout Reply, _ turn: inout Turn) {
        guard let link = contents.notify(.additionalKeyExchange)?.data,
            let index = sa.unfinished.firstIndex(where: { $0.link == link })
        else {
            sa.log(&turn, .ike) { "IKE_FOLLOWUP_KE request does not follow anything we know" }
            return reply.refuse(.stateNotFound)
        }
        do throws(ChildFailure) {
            let payload = try sa.unfinished[index].keys.answer(contents, sa.environment.crypto).payload
            if sa.unfinished[index].keys.isDone {
                finish(sa.unfinished.remove(at: index), payload, &reply, &turn)
            } else {
                reply.message.add(.keyExchange) { payload.write(to: &$0) }
                reply.message.add(.additionalKeyExchange, data: link)
            }
        } catch {
            sa.log(&turn, .ike) { "IKE_FOLLOWUP_KE request refused: \(error)" }
            sa.unfinished.remove(at: index).discard()
            reply.refuse(.invalidSyntax)
        }
    }

    private func finish(
        _ answer: UnfinishedAnswer, _ payload: KEPayload, _ reply: inout Reply, _ turn: inout Turn
    ) {
        guard sa.state == .established else {
            answer.discard()
            sa.log(&turn, .ike) { "IKE_FOLLOWUP_KE request does not fit state \(sa.state.rawValue)" }
            return reply.refuse(.temporaryFailure)
        }
        let secrets = answer.keys.secrets
        switch answer.subject {
        case .child(let child, let rekeyed, let nonces):
            CreateChildResponder(sa).finish(child, rekeyed: rekeyed, nonces, secrets, payload, &reply, &turn)
        case .ike(let ike):
            RekeyIKEResponder(sa).finish(ike, secrets, payload, &reply, &turn)
        }
    }
}
