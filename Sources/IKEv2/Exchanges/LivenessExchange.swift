import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// An empty INFORMATIONAL exchange: is the peer alive? (RFC 7296 §2.4)
///
/// Behind a translator, the initiator asks as well how the peer sees it: nothing else tells it that the mapping has
/// changed (RFC 4555 §3.8).
final class LivenessExchange: Exchange {
    let name = "IKE_DPD"
    let type = ExchangeType.informational
    var commands: [CommandID] = []

    init() {}

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        asksForMapping = sa.usesMobike && sa.isOriginalInitiator && sa.natLocal
        if asksForMapping { sa.natDetection.write(&message, path: sa.path, fake: sa.peer.forceEncapsulation) }
        return sa.isEstablished
    }
    private var asksForMapping = false

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .infoInResp)
        guard asksForMapping, let seen = response.contents.notify(.natDetectionDestinationIP)?.data else { return .done }
        // The SPIs are part of the hash, so a rekeyed IKE_SA begins anew.
        let known = sa.mappingHash ?? seen
        sa.mappingHash = seen
        if seen != known {
            sa.log(&turn, .ike) { "NAT mappings changed, requesting address change using MOBIKE" }
            sa.requestAddressUpdate(movesSAs: true, listsAddresses: false, &turn)
        }
        return .done
    }
}
