import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers IKE_INTERMEDIATE: the additional key exchanges of the IKE_SA in their order (RFC 9242, RFC 9370 §2.2.2).
struct IntermediateResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    func respond(to contents: MessageContents, _ reply: inout Reply, _ turn: inout Turn) {
        guard var answers = sa.handshake?.keyAnswers else { return refuse(&reply, "the handshake is over", &turn) }
        do throws(ChildFailure) {
            let (payload, secret) = try answers.answer(contents, sa.environment.crypto)
            sa.handshake?.keyAnswers = answers
            reply.message.add(.keyExchange) { payload.write(to: &$0) }
            let sa = sa
            // The answer itself still goes under the keys of the request.
            reply.afterwards.append { turn in
                do throws(ChildFailure) {
                    try sa.mixKeys(secret)
                } catch {
                    sa.destroy(reason: "\(error)", &turn)
                }
            }
        } catch {
            refuse(&reply, "\(error)", &turn)
        }
    }

    private func refuse(_ reply: inout Reply, _ reason: String, _ turn: inout Turn) {
        sa.log(&turn, .ike) { "IKE_INTERMEDIATE request refused: \(reason)" }
        reply.refuse(.invalidSyntax)
        reply.closing = reason
    }
}
