import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// IKE_INTERMEDIATE as initiator: one for each additional key exchange of the IKE_SA, before IKE_AUTH (RFC 9242,
/// RFC 9370 §2.2.2).
///
///     initiator                    responder
///     HDR, SK { KEi(n) }       →
///                              ←   HDR, SK { KEr(n) }
///     both go on with the keys of SKEYSEED(n)
final class IntermediateExchange: Exchange {
    let name = "IKE_INTERMEDIATE"
    let type = ExchangeType.ikeIntermediate
    var commands: [CommandID]

    private var exchanges: AdditionalKeyExchanges

    init(_ methods: [KeyExchangeMethod], commands: [CommandID]) {
        exchanges = AdditionalKeyExchanges(methods)
        self.commands = commands
    }

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        do throws(CryptoError) {
            try exchanges.write(&message, sa.environment.crypto)
            return true
        } catch {
            sa.log(&turn, .ike) { "starting the additional key exchange failed: \(error)" }
            abandon(sa, reason: "starting the additional key exchange failed: \(error)", &turn)
            sa.destroy(reason: "starting the additional key exchange failed: \(error)", &turn)
            return false
        }
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        let contents = response.contents
        if let error = contents.errorNotify {
            sa.log(&turn, .ike) { "received \(error.type) notify error" }
            return .failed(reason: "received \(error.type) notify error")
        }
        do throws(ChildFailure) {
            let secret = try exchanges.read(contents)
            try sa.mixKeys(secret)
        } catch {
            sa.log(&turn, .ike) { "IKE_INTERMEDIATE response refused: \(error)" }
            return .failed(reason: "\(error)")
        }
        return exchanges.isDone ? .next(AuthExchange(commands: commands)) : .again
    }
}

extension IKEv2SA {
    /// Goes on with keys that depend on a further shared secret.
    func mixKeys(_ secret: SecretBytes) throws(ChildFailure) {
        guard let keys, let handshake else { throw .badAnswer("the handshake is over") }
        do throws(CryptoError) {
            self.keys = try KeyDerivation(environment.crypto).mixedKeys(
                keys, sharedSecret: secret,
                inputs: KeyDerivation.Inputs(
                    initiatorNonce: handshake.initiatorNonce, responderNonce: handshake.responderNonce,
                    initiatorSPI: initiatorSPI, responderSPI: responderSPI, isInitiator: isInitiator))
        } catch {
            throw .crypto(error)
        }
    }
}
