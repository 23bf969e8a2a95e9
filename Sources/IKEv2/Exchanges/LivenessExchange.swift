import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// An empty INFORMATIONAL exchange: is the peer alive? (RFC 7296 §2.4)
final class LivenessExchange: Exchange {
    let name = "IKE_DPD"
    let type = ExchangeType.informational
    var commands: [CommandID] = []

    init() {}

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool { sa.isEstablished }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .infoInResp)
        return .done
    }
}
