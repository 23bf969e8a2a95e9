import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Tells the peer that we have moved, which addresses we have, or both (RFC 4555 §3.5, §3.6).
///
///     initiator                                        responder
///     HDR, SK { N(UPDATE_SA_ADDRESSES), N(NATD…)…,
///               N(ADDITIONAL_…)… }                 →   moves the IKE_SA and its CHILD_SAs
///                                                  ←   HDR, SK { N(NATD…)… }
final class AddressUpdateExchange: Exchange {
    let name = "IKE_MOBIKE"
    let type = ExchangeType.informational
    var commands: [CommandID] = []

    /// Initiator only.
    var movesSAs: Bool
    var listsAddresses: Bool
    /// Paths that the peer does not want.
    private var refused: [Path] = []

    init(movesSAs: Bool, listsAddresses: Bool) {
        self.movesSAs = movesSAs
        self.listsAddresses = listsAddresses
    }

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        guard sa.usesMobike, sa.state == .established || sa.state == .rekeying else { return false }
        if movesSAs {
            message.add(.updateSAAddresses)
            sa.natDetection.write(&message, path: sa.path, fake: sa.peer.forceEncapsulation)
        }
        if listsAddresses { Mobike.writeAddresses(sa, &message) }
        return movesSAs || listsAddresses
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        let contents = response.contents
        sa.count(&turn, .infoInResp)
        if let error = contents.errorNotify { return refused(error.type, sa, &turn) }
        guard movesSAs else { return .done }
        sa.detectNAT(contents, on: sa.path, &turn)
        sa.moveChildren(&turn)
        sa.scheduleKeepAlive(&turn)
        return .done
    }

    /// UNACCEPTABLE_ADDRESSES, or UNEXPECTED_NAT_DETECTED: there may be another way.
    private func refused(_ type: NotifyType, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.log(&turn, .ike) { "received \(type) notify, peer does not accept path \(sa.path.local) - \(sa.path.remote)" }
        guard movesSAs, type == .unacceptableAddresses || type == .unexpectedNATDetected else { return .done }
        refused.append(sa.path)
        guard let next = sa.candidatePaths.first(where: { !refused.contains($0) }) else {
            sa.alert(&turn, "mobike-refused", "the peer accepts no path from here")
            return .done
        }
        sa.move(to: next, &turn)
        return .again
    }
}

/// Makes sure that the peer really receives at the address it has moved to, so that nobody can have our traffic sent
/// to somebody else (RFC 4555 §3.7).
///
///     HDR, SK { N(COOKIE2) }  →
///                             ←  HDR, SK { N(COOKIE2) }
final class RoutabilityExchange: Exchange {
    let name = "IKE_MOBIKE"
    let type = ExchangeType.informational
    var commands: [CommandID] = []
    private var cookie: [UInt8] = []

    init() {}

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        guard sa.usesMobike, sa.state == .established || sa.state == .rekeying else { return false }
        cookie = sa.environment.publicRandom(16)
        message.add(.cookie2, data: cookie)
        return true
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        sa.count(&turn, .infoInResp)
        guard response.contents.notify(.cookie2)?.data != cookie else { return .done }
        sa.log(&turn, .ike) { "COOKIE2 mismatch in the return routability check, closing IKE_SA" }
        sa.alert(&turn, "mobike-cookie2", "\(sa.path.remote) does not return COOKIE2")
        sa.close(&turn)
        return .done
    }
}
