import CryptoInterface
package import IKECodec
package import IKESA
package import IPsecModel
import Wire

/// Answers IKE_SA_INIT (RFC 7296 §1.2). Called by the engine once cookies and limits are settled; an IKE_SA exists
/// only if the answer is a success.
package struct InitResponder {
    let host: any IKEv2Host

    package init(host: any IKEv2Host) { self.host = host }

    /// Tells first messages apart, also for those who would like them to look alike: the hash has a key of this process.
    package static func digest(_ datagram: [UInt8]) -> Int {
        var hasher = Hasher()
        datagram.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// Why there is no IKE_SA, and the notify that says so.
    package struct Refusal: Error {
        package var notify: NotifyType
        package var data: [UInt8]
        package var reason: String
        package var alert: String?
    }

    package func respond(
        to contents: MessageContents, header: IKEHeader, datagram: [UInt8], on path: Path, _ turn: inout Turn
    ) throws(Refusal) -> IKEv2SA {
        guard let offered = contents.sa?.proposals, let ke = contents.ke, let nonce = contents.nonce else {
            throw Refusal(notify: .invalidSyntax, data: [], reason: "the IKE_SA_INIT request is incomplete")
        }
        let (peer, chosen) = try choose(offered, path, host.environment.settings, &turn)
        guard chosen.additionalKeyExchanges.isEmpty || contents.has(.intermediateExchangeSupported) else {
            throw Refusal(
                notify: .noProposalChosen, data: [],
                reason: "the peer proposes additional key exchanges without IKE_INTERMEDIATE to make them in")
        }
        guard let method = chosen.keyExchange, ke.method == method else {
            let wanted = chosen.keyExchange ?? .none
            throw Refusal(
                notify: .invalidKEPayload, data: [UInt8(wanted.rawValue >> 8), UInt8(wanted.rawValue & 0xff)],
                reason: "key exchange method \(ke.method) unacceptable, requesting \(wanted)")
        }
        let answer: (publicValue: [UInt8], secret: SecretBytes)
        do throws(CryptoError) {
            answer = try ke.publicValue.withUnsafeBufferPointer { (value) throws(CryptoError) in
                try host.environment.crypto.answerKeyExchange(method, peer: UnsafeRawBufferPointer(value))
            }
        } catch {
            throw Refusal(notify: .invalidSyntax, data: [], reason: "key exchange failed: \(error)")
        }
        let sa = IKEv2SA(
            host: host, peer: peer, path: path, isInitiator: false, localSPI: host.takeSPI(),
            uniqueID: host.takeIKEUniqueID())
        sa.begunAt = turn.now
        try derive(sa, header, chosen, answer.secret, initiatorNonce: nonce)
        sa.handshake?.initRequest = datagram
        sa.firstRequest = Self.digest(datagram)
        InitNotifies.read(contents, into: sa, &turn)
        sa.detectNAT(contents, on: path, isFirst: true, &turn)
        let payload = KEPayload(method: method, publicValue: answer.publicValue)
        finish(sa, header, chosen, payload, contents, on: path, &turn)
        return sa
    }

    /// The most specific connection whose proposals fit.
    private func choose(
        _ offered: [Proposal], _ path: Path, _ settings: EngineSettings, _ turn: inout Turn
    ) throws(Refusal) -> (PeerConfig, Proposal) {
        let candidates = host.connections(for: path)
        guard !candidates.isEmpty else {
            throw Refusal(
                notify: .noProposalChosen, data: [],
                reason: "no IKE config found for \(path.local.address)...\(path.remote.address), sending NO_PROPOSAL_CHOSEN")
        }
        var mismatches: [ProposalMismatch] = []
        let policy = SelectionPolicy(
            preferConfigured: settings.preferConfiguredProposals, acceptPrivate: settings.acceptPrivateAlgorithms)
        for peer in candidates {
            switch Proposal.select(offered: offered, configured: peer.proposals, policy: policy) {
            case .success(let chosen):
                turn.effects.log(.cfg, 1, "selected proposal: \(chosen)")
                return (peer, chosen)
            case .failure(let mismatch): mismatches.append(mismatch)
            }
        }
        for (peer, mismatch) in zip(candidates, mismatches).prefix(8) {
            for line in mismatch.lines { turn.effects.log(.cfg, 1, "\(peer.name): \(line)") }
        }
        throw Refusal(
            notify: .noProposalChosen, data: [],
            reason: "received proposals unacceptable" + (mismatches.first.map { ": \($0)" } ?? ""),
            alert: "proposal-mismatch-ike")
    }

    private func derive(
        _ sa: IKEv2SA, _ header: IKEHeader, _ chosen: Proposal, _ secret: SecretBytes, initiatorNonce: [UInt8]
    ) throws(Refusal) {
        let responderNonce = sa.environment.publicRandom(32)
        sa.remoteSPI = header.initiatorSPI
        sa.proposal = chosen
        sa.state = .connecting
        sa.handshake?.initiatorNonce = initiatorNonce
        sa.handshake?.responderNonce = responderNonce
        sa.handshake?.keyAnswers = AdditionalKeyAnswers(chosen.additionalKeyExchanges)
        do throws(CryptoError) {
            sa.keys = try KeyDerivation(sa.environment.crypto).initialKeys(
                chosen, sharedSecret: secret,
                inputs: KeyDerivation.Inputs(
                    initiatorNonce: initiatorNonce, responderNonce: responderNonce,
                    initiatorSPI: header.initiatorSPI, responderSPI: sa.localSPI, isInitiator: false))
        } catch {
            throw Refusal(notify: .noProposalChosen, data: [], reason: "key derivation failed: \(error)")
        }
    }

    private func finish(
        _ sa: IKEv2SA, _ header: IKEHeader, _ chosen: Proposal, _ ke: KEPayload, _ request: MessageContents,
        on path: Path, _ turn: inout Turn
    ) {
        var reply = Reply()
        var answer = chosen
        answer.spi = []
        reply.message.add(.securityAssociation) { SAPayload([answer]).write(to: &$0) }
        reply.message.add(.keyExchange) { ke.write(to: &$0) }
        reply.message.add(.nonce) { $0.append(sa.handshake?.responderNonce ?? []) }
        sa.natDetection.write(&reply.message, path: path, fake: sa.peer.forceEncapsulation)
        CertificateExchange.writeRequest(sa, &reply.message, &turn)
        InitNotifies.write(&reply.message, sa.peer, sa.environment.settings, isInitiator: false)
        if !chosen.additionalKeyExchanges.isEmpty { reply.message.add(.intermediateExchangeSupported) }
        PostquantumPreSharedKey.answer(request, sa, &reply.message)
        if sa.peer.childless != .never { reply.message.add(.childlessSupported) }
        sa.send(reply, header, on: path, &turn)
        sa.handshake?.initResponse = sa.responses.last
        sa.timers.set(.halfOpen, at: turn.now + sa.environment.settings.halfOpenTimeout)
    }
}
