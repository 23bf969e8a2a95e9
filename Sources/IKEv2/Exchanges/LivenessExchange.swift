import IKECodec
package import IKESA

/// An empty INFORMATIONAL exchange: is the peer alive? (RFC 7296 §2.4)
package final class LivenessExchange: Exchange {
    package let name = "IKE_DPD"
    package let type = ExchangeType.informational
    package var commands: [CommandID] = []

    package init() {}

    package func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool { sa.isEstablished }

    package func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .infoInResp)
        return .done
    }
}
