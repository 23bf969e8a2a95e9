import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// IKE_SA_INIT as initiator (RFC 7296 §1.2).
///
///     initiator                                        responder
///     HDR, SAi1, KEi, Ni, N(NATD…)…                →
///                                                  ←   HDR, SAr1, KEr, Nr, N(NATD…), [CERTREQ]
///
/// COOKIE and INVALID_KE_PAYLOAD make it start again with the same SPI and nonce (RFC 7296 §2.6, §1.2).
final class InitExchange: Exchange {
    let name = "IKE_INIT"
    let type = ExchangeType.ikeSAInit
    var commands: [CommandID] = []

    private var nonce: [UInt8] = []
    private var cookie: [UInt8]?
    private var method: KeyExchangeMethod?
    private var keyExchange: (any KeyExchange)?
    private var proposals: [Proposal] = []
    private var restarts = 0
    /// A peer that keeps sending cookies or other groups is not followed for ever.
    private static let restartLimit = 8

    init() {}

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        if restarts == 0 {
            sa.log(&turn, .ike, 0) { "initiating IKE_SA \(sa.label) to \(sa.path.remote.address)" }
            nonce = sa.environment.publicRandom(32)
            proposals = sa.peer.proposals.enumerated().map { index, proposal in
                var proposal = proposal
                proposal.number = UInt8(truncatingIfNeeded: index + 1)
                return proposal
            }
            method = proposals.first?.preferredKeyExchange
        }
        sa.state = .connecting
        guard prepareKeyExchange(sa, &turn), preparePPK(sa, &turn), let keyExchange else { return false }
        if let cookie { message.add(.cookie, data: cookie) }
        message.add(.securityAssociation) { SAPayload(proposals).write(to: &$0) }
        message.add(.keyExchange) {
            KEPayload(method: keyExchange.method, publicValue: keyExchange.publicValue).write(to: &$0)
        }
        message.add(.nonce) { $0.append(nonce) }
        sa.natDetection.write(&message, path: sa.path, fake: sa.peer.forceEncapsulation)
        InitNotifies.write(&message, sa.peer, sa.environment.settings, isInitiator: true)
        if proposals.contains(where: { !$0.additionalKeyExchanges.isEmpty }) { message.add(.intermediateExchangeSupported) }
        if sa.handshake?.ppk != nil { message.add(.usePPK) }
        return true
    }

    private func prepareKeyExchange(_ sa: IKEv2SA, _ turn: inout Turn) -> Bool {
        guard keyExchange == nil else { return true }
        do {
            guard let method else { throw CryptoError.unsupported("a proposal without key exchange") }
            keyExchange = try sa.environment.crypto.keyExchange(method)
            return true
        } catch {
            sa.log(&turn, .ike) { "starting the key exchange failed: \(error)" }
            sa.destroy(reason: "starting the key exchange failed: \(error)", &turn)
            return false
        }
    }

    private func preparePPK(_ sa: IKEv2SA, _ turn: inout Turn) -> Bool {
        do throws(AuthenticationFailure) {
            sa.handshake?.ppk = try PostquantumPreSharedKey.configured(sa, &turn)
            return true
        } catch {
            sa.log(&turn, .ike) { "\(error)" }
            sa.alert(&turn, "local-auth-failed", "\(error)")
            sa.destroy(reason: "\(error)", &turn)
            return false
        }
    }

    func sent(_ datagrams: [[UInt8]], _ sa: IKEv2SA) {
        sa.handshake?.initRequest = datagrams.first ?? []
        sa.handshake?.initiatorNonce = nonce
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        let contents = response.contents
        sa.count(&turn, .ikeInitInResp)
        if let outcome = restart(contents, sa, &turn) { return outcome }
        if let error = contents.errorNotify {
            sa.log(&turn, .ike) { "received \(error.type) notify error" }
            if error.type == .noProposalChosen {
                sa.alert(&turn, "proposal-mismatch-ike", "the peer accepts none of \(proposals.proposalList)")
            }
            return .doubtful(reason: "received \(error.type) notify error")
        }
        do {
            try agree(response, sa, &turn)
        } catch {
            sa.log(&turn, .ike) { "IKE_SA_INIT response refused: \(error)" }
            return .doubtful(reason: "\(error)")
        }
        // Port 4500 from here on, where a translator stands in between or may appear (RFC 7296 §2.23, RFC 4555 §3.3).
        if sa.capabilities.contains(.natTraversal), sa.isEncapsulated || sa.peer.mobike { sa.floatPorts() }
        let additional = sa.proposal?.additionalKeyExchanges ?? []
        return additional.isEmpty
            ? .next(AuthExchange(commands: commands)) : .next(IntermediateExchange(additional, commands: commands))
    }

    /// What makes the exchange start again.
    private func restart(
        _ contents: MessageContents, _ sa: IKEv2SA, _ turn: inout Turn
    ) -> ExchangeOutcome? {
        let tooOften = ExchangeOutcome.doubtful(reason: "the peer asks to start again too often")
        if let notify = contents.notify(.cookie), contents.sa == nil {
            guard notify.data != cookie else { return .stale }
            guard (1...64).contains(notify.data.count) else { return .doubtful(reason: "the peer's cookie is malformed") }
            guard restarts < Self.restartLimit else { return tooOften }
            sa.log(&turn, .ike) { "received COOKIE, sending it back" }
            cookie = notify.data
            restarts += 1
            return .again
        }
        guard contents.sa == nil, let notify = contents.notify(.invalidKEPayload), notify.data.count == 2 else { return nil }
        let wanted = KeyExchangeMethod(rawValue: UInt16(notify.data[0]) << 8 | UInt16(notify.data[1]))
        let isOffered = proposals.contains { $0.transforms(.keyExchange).contains { $0.id == wanted.rawValue } }
        if wanted == method, restarts > 0 { return .stale }
        guard isOffered, wanted != method else {
            return .doubtful(reason: "the peer demands \(wanted), which is not configured")
        }
        guard restarts < Self.restartLimit else { return tooOften }
        sa.log(&turn, .ike) { "peer didn't accept key exchange method \(self.method.map { "\($0)" } ?? "none"), it requested \(wanted)" }
        method = wanted
        keyExchange = nil
        restarts += 1
        return .again
    }

    /// Takes the answer, or throws and leaves the IKE_SA as it was: another answer may follow.
    private func agree(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) throws {
        let contents = response.contents
        guard let chosen = contents.sa?.proposals.first, contents.sa?.proposals.count == 1, let ke = contents.ke,
            let responderNonce = contents.nonce, !response.header.responderSPI.isZero
        else { throw ChildFailure.badAnswer("the IKE_SA_INIT response is incomplete") }
        guard Proposal.isValidChoice(chosen, offered: proposals, policy: SelectionPolicy(acceptPrivate: true)) else {
            throw ChildFailure.badAnswer("the peer chose \(chosen), which was not offered")
        }
        guard let keyExchange, chosen.keyExchange == keyExchange.method, ke.method == keyExchange.method else {
            throw ChildFailure.badAnswer("the peer's key exchange does not fit the proposal it chose")
        }
        guard chosen.additionalKeyExchanges.isEmpty || contents.has(.intermediateExchangeSupported) else {
            throw ChildFailure.badAnswer("the peer chose additional key exchanges without IKE_INTERMEDIATE to make them in")
        }
        let usesPPK = sa.handshake?.ppk != nil && contents.has(.usePPK)
        guard usesPPK || !sa.peer.ppkRequired else {
            throw AuthenticationFailure.ppk("PPK required, but the peer does not support PPKs")
        }
        guard sa.peer.childless != .force || contents.has(.childlessSupported) else {
            throw ChildFailure.badAnswer("peer does not support childless IKE_SAs, which the connection demands")
        }
        let secret = try ke.publicValue.withUnsafeBytes { try keyExchange.sharedSecret(peer: $0) }
        sa.keys = try KeyDerivation(sa.environment.crypto).initialKeys(
            chosen, sharedSecret: secret,
            inputs: KeyDerivation.Inputs(
                initiatorNonce: nonce, responderNonce: responderNonce, initiatorSPI: sa.localSPI,
                responderSPI: response.header.responderSPI, isInitiator: true))
        sa.log(&turn, .cfg) { "selected proposal: \(chosen)" }
        sa.remoteSPI = response.header.responderSPI
        sa.proposal = chosen
        if usesPPK { sa.capabilities.insert(.ppk) }
        sa.handshake?.responderNonce = responderNonce
        sa.handshake?.initResponse = response.datagram
        CertificateExchange.readRequests(contents, into: sa, &turn)
        sa.detectNAT(contents, on: sa.path, &turn)
        InitNotifies.read(contents, into: sa, &turn)
    }
}
