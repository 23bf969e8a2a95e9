import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Why we refuse a CHILD_SA: the notify for the peer, and the evidence for the log.
struct ChildRefusal: Error {
    var notify: NotifyType
    var data: [UInt8] = []
    var failure: ChildFailure
}

/// A CHILD_SA that the peer proposes, in IKE_AUTH or CREATE_CHILD_SA, while we answer.
struct ChildAnswer {
    let sa: IKEv2SA
    let child: ChildSA
    private let chosen: Proposal
    private let wireLocal: [TrafficSelector]
    private let wireRemote: [TrafficSelector]
    private var answerKE: KEPayload?
    private var secret: SecretBytes?

    /// Chooses configuration, proposal and selectors.
    ///
    /// - Parameter candidates: child configurations that may answer, in order of preference.
    /// - Throws: the refusal; nothing is left behind then.
    init(
        _ sa: IKEv2SA, _ contents: MessageContents, candidates: [ChildConfig], rekeyed: ChildSA?,
        withKeyExchange: Bool, _ turn: inout Turn
    ) throws(ChildRefusal) {
        self.sa = sa
        let offeredRemote = contents.tsInitiator?.selectors ?? []
        let offeredLocal = contents.tsResponder?.selectors ?? []
        let offered = contents.sa?.proposals ?? []
        let match = try Self.match(sa, contents, candidates, offeredLocal, offeredRemote)
        let policy = SelectionPolicy(
            preferConfigured: sa.environment.settings.preferConfiguredProposals,
            ignoreKeyExchange: !withKeyExchange, acceptPrivate: sa.acceptsPrivateAlgorithms)
        switch Proposal.select(offered: offered, configured: match.config.proposals, policy: policy) {
        case .success(let proposal): chosen = proposal
        case .failure(let mismatch):
            for line in mismatch.lines { sa.log(&turn, .cfg) { "\(match.config.name): \(line)" } }
            throw ChildRefusal(notify: .noProposalChosen, failure: .proposals(mismatch))
        }
        guard let spi = SPI(bytes: chosen.spi), spi.rawValue > 255 else {
            throw ChildRefusal(notify: .invalidSyntax, failure: .badAnswer("the peer's SPI is not one"))
        }
        if withKeyExchange { (answerKE, secret) = try Self.exchangeKeys(sa, chosen, contents) }
        guard secret != nil || chosen.additionalKeyExchanges.isEmpty else {
            throw ChildRefusal(
                notify: .noProposalChosen, failure: .badAnswer("additional key exchanges without a first"))
        }
        wireLocal = match.local
        wireRemote = match.remote
        child = sa.makeChild(match.config, chosen.protocolID, replacing: rekeyed)
        child.mode = match.mode
        child.proposal = chosen
        child.localSelectors = match.local
        child.remoteSelectors = match.remote
        child.peerRefusesTFC = contents.has(.espTFCPaddingNotSupported)
        if let rekeyed, rekeyed.localSelectors == match.local, rekeyed.remoteSelectors == match.remote,
            sa.host.reqids.retain(rekeyed.reqid)
        {
            child.reqid = rekeyed.reqid
            child.ownsReqid = true
        }
        child.spiOut = spi
        do throws(KernelError) {
            _ = try child.allocateSPI(sa.environment.kernel)
        } catch {
            sa.remove(child)
            throw ChildRefusal(notify: .noProposalChosen, failure: .kernel(error))
        }
        // Without a CPI the CHILD_SA comes up uncompressed.
        if match.config.ipcomp, let cpi = Compression.cpi(contents), sa.canCompress(match.local + match.remote),
            (try? child.allocateCPI(sa.environment.kernel)) != nil
        {
            child.cpiOut = cpi
        }
        sa.log(&turn, .cfg) { [chosen] in "selected proposal: \(chosen)" }
    }

    private struct Match {
        var config: ChildConfig
        var mode: ChildConfig.Mode
        var local: [TrafficSelector]
        var remote: [TrafficSelector]
        var isExact: Bool
    }

    /// The first configuration whose selectors equal the offer, else the first that narrows it to something.
    private static func match(
        _ sa: IKEv2SA, _ contents: MessageContents, _ candidates: [ChildConfig],
        _ offeredLocal: [TrafficSelector], _ offeredRemote: [TrafficSelector]
    ) throws(ChildRefusal) -> Match {
        var best: Match?
        for config in candidates where !config.mode.isShunt {
            var mode = contents.mode(configured: config.mode)
            let offer = sa.translate((offeredLocal, offeredRemote), mode: mode)
            let (local, remote) = Selectors.bounded(
                Selectors.narrow(offer.local, to: sa.localSelectors(config)),
                Selectors.narrow(offer.remote, to: sa.remoteSelectors(config)))
            guard !local.isEmpty, !remote.isEmpty else { continue }
            if mode.isHostToHost, !(local + remote).allSatisfy(\.isHost) { mode = .tunnel }
            let isExact = Set(local) == Set(sa.localSelectors(config)) && Set(remote) == Set(sa.remoteSelectors(config))
            let match = Match(config: config, mode: mode, local: local, remote: remote, isExact: isExact)
            if isExact { return match }
            best = best ?? match
        }
        if let best { return best }
        let configured = SelectorPair(
            local: candidates.flatMap(sa.localSelectors), remote: candidates.flatMap(sa.remoteSelectors))
        throw ChildRefusal(
            notify: .tsUnacceptable,
            failure: .selectors(
                offered: SelectorPair(local: offeredLocal, remote: offeredRemote), configured: configured))
    }

    private static func exchangeKeys(
        _ sa: IKEv2SA, _ chosen: Proposal, _ contents: MessageContents
    ) throws(ChildRefusal) -> (KEPayload?, SecretBytes?) {
        guard let method = chosen.keyExchange else { return (nil, nil) }
        guard let ke = contents.ke, ke.method == method else {
            // The group we want stands in the notification (RFC 7296 §1.3).
            throw ChildRefusal(
                notify: .invalidKEPayload, data: [UInt8(method.rawValue >> 8), UInt8(method.rawValue & 0xff)],
                failure: .badAnswer(
                    "the peer sent \(contents.ke.map { "\($0.method)" } ?? "no key exchange"), \(method) is needed"))
        }
        do throws(CryptoError) {
            let answer = try ke.publicValue.withUnsafeBufferPointer { (peer) throws(CryptoError) in
                try sa.environment.crypto.answerKeyExchange(method, peer: UnsafeRawBufferPointer(peer))
            }
            return (KEPayload(method: method, publicValue: answer.publicValue), answer.secret)
        } catch {
            throw ChildRefusal(notify: .invalidSyntax, failure: .crypto(error))
        }
    }

    /// Derives keys and installs; a rekeyed SA keeps sending until the peer deletes it.
    func install(
        initiatorNonce: [UInt8], responderNonce: [UInt8], additional: [SecretBytes] = [], delayOutbound: Bool,
        _ turn: inout Turn
    ) throws(ChildRefusal) {
        guard let ikeKeys = sa.keys else {
            throw ChildRefusal(notify: .temporaryFailure, failure: .badAnswer("the IKE_SA is gone"))
        }
        // The IKE_SA may have moved since the request came, where key exchanges followed it.
        child.place(at: sa.childAddresses)
        sa.claimReqid(child)
        do {
            let keys = try KeyDerivation(sa.environment.crypto).childKeys(
                chosen, keys: ikeKeys, sharedSecret: secret, additional: additional, initiatorNonce: initiatorNonce,
                responderNonce: responderNonce, isInitiator: false)
            try child.install(keys, environment: sa.environment, delayOutbound: delayOutbound, now: turn.now)
        } catch let error as KernelError {
            sa.remove(child)
            throw ChildRefusal(notify: .noProposalChosen, failure: .kernel(error))
        } catch let error as CryptoError {
            sa.remove(child)
            throw ChildRefusal(notify: .noProposalChosen, failure: .crypto(error))
        } catch {
            sa.remove(child)
            throw ChildRefusal(notify: .noProposalChosen, failure: .badAnswer("\(error)"))
        }
        sa.children.append(child)
    }

    /// Key exchanges that must follow before the CHILD_SA can be installed.
    var additionalKeyExchanges: [KeyExchangeMethod] { chosen.additionalKeyExchanges }

    /// Gives back what an answer that came to nothing holds.
    func discard() { sa.remove(child) }

    /// Writes the answer; the nonce stands between SA and KE in CREATE_CHILD_SA.
    func write(_ message: inout PayloadWriter, nonce: [UInt8]?) {
        if let notify = child.mode.notify { message.add(notify) }
        if !child.cpiIn.isZero { message.add(Compression.notify(child.cpiIn)) }
        var answer = chosen
        answer.spi = child.spiIn.bytes
        message.add(.securityAssociation) { SAPayload([answer]).write(to: &$0) }
        if let nonce { message.add(.nonce) { $0.append(nonce) } }
        if let answerKE { message.add(.keyExchange) { answerKE.write(to: &$0) } }
        message.add(.trafficSelectorInitiator) { TSPayload(wireRemote).write(to: &$0) }
        message.add(.trafficSelectorResponder) { TSPayload(wireLocal).write(to: &$0) }
    }
}
