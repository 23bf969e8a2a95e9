import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// A CHILD_SA that we propose, in IKE_AUTH or CREATE_CHILD_SA, until the peer has answered.
final class ChildOffer {
    let sa: IKEv2SA
    let child: ChildSA
    private let proposals: [Proposal]
    private let local: [TrafficSelector]
    private let remote: [TrafficSelector]
    private(set) var keyExchange: (any KeyExchange)?
    /// Of the first key exchange.
    private var secret: SecretBytes?

    /// - Parameters:
    ///   - method: `nil` for the preferred key exchange of the configuration; only where `withKeyExchange`.
    ///   - onlyTrigger: propose nothing but the selectors of the packet.
    ///   - replacing: the CHILD_SA that is being rekeyed, whose selectors and reqid the new one takes over.
    init(
        _ sa: IKEv2SA, _ config: ChildConfig, reqid: UInt32, trigger: (local: TrafficSelector, remote: TrafficSelector)?,
        onlyTrigger: Bool = false, replacing: ChildSA?, withKeyExchange: Bool, method: KeyExchangeMethod?
    ) throws(ChildFailure) {
        self.sa = sa
        child = sa.makeChild(config, replacing?.protocolID, replacing: replacing)
        do throws(KernelError) {
            let spi = try child.allocateSPI(sa.environment.kernel)
            proposals = config.proposals.enumerated().map { index, proposal in
                var proposal = proposal
                proposal.number = UInt8(truncatingIfNeeded: index + 1)
                proposal.spi = spi.bytes
                if !withKeyExchange { proposal.transforms.removeAll { $0.type.isKeyExchange } }
                return proposal
            }
        } catch {
            throw .kernel(error)
        }
        if let replacing {
            (local, remote) = (replacing.localSelectors, replacing.remoteSelectors)
        } else if onlyTrigger, let trigger {
            (local, remote) = ([trigger.local], [trigger.remote])
        } else {
            local = (trigger.map { [$0.local] } ?? []) + sa.localSelectors(config)
            remote = (trigger.map { [$0.remote] } ?? []) + sa.remoteSelectors(config)
        }
        if config.ipcomp, sa.canCompress(local + remote) {
            // Without a CPI the CHILD_SA comes up uncompressed.
            _ = try? child.allocateCPI(sa.environment.kernel)
        }
        if reqid != 0, sa.host.reqids.retain(reqid) {
            child.reqid = reqid
            child.ownsReqid = true
        }
        guard withKeyExchange else { return }
        let wanted = method ?? replacing?.proposal?.keyExchange ?? config.proposals.first?.preferredKeyExchange
        if let wanted, wanted != .none {
            do throws(CryptoError) {
                keyExchange = try sa.environment.crypto.keyExchange(wanted)
            } catch {
                throw .crypto(error)
            }
        }
    }

    func logBeginning(_ turn: inout Turn) {
        let reqid = child.reqid == 0 ? "" : " reqid \(child.reqid)"
        sa.log(&turn, .ike) { "establishing CHILD_SA \(self.child.label)\(reqid)" }
    }

    /// Writes everything but the nonce, which stands between SA and KE in CREATE_CHILD_SA.
    func write(_ message: inout PayloadWriter, nonce: [UInt8]?) {
        if let notify = child.config.mode.notify { message.add(notify) }
        if !child.cpiIn.isZero { message.add(Compression.notify(child.cpiIn)) }
        message.add(.securityAssociation) { SAPayload(proposals).write(to: &$0) }
        if let nonce { message.add(.nonce) { $0.append(nonce) } }
        if let keyExchange {
            message.add(.keyExchange) {
                KEPayload(method: keyExchange.method, publicValue: keyExchange.publicValue).write(to: &$0)
            }
        }
        message.add(.trafficSelectorInitiator) { TSPayload(local).write(to: &$0) }
        message.add(.trafficSelectorResponder) { TSPayload(remote).write(to: &$0) }
    }

    /// Whether the peer's demand for another key exchange method can be met (RFC 7296 §1.3).
    func allows(_ method: KeyExchangeMethod) -> Bool {
        child.config.proposals.contains { $0.transforms(.keyExchange).contains { $0.id == method.rawValue } }
            && keyExchange?.method != method
    }

    /// Reads the answer.
    ///
    /// - Returns: the requests that must follow before the CHILD_SA can be installed; `nil`: none.
    func accept(_ contents: MessageContents, _ turn: inout Turn) throws(ChildFailure) -> FollowUpRequests? {
        let chosen = try chosenProposal(contents)
        secret = try sharedSecret(contents, chosen)
        guard contents.hasOnlyMode(of: child.config.mode) else {
            throw .badAnswer("the peer agreed to a mode that was not asked for")
        }
        child.mode = contents.mode(configured: child.config.mode)
        try takeSelectors(contents)
        child.proposal = chosen
        sa.log(&turn, .cfg) { "selected proposal: \(chosen)" }
        child.protocolID = chosen.protocolID
        if !child.cpiIn.isZero, let cpi = Compression.cpi(contents) {
            child.cpiOut = cpi
        } else {
            child.giveUpCompression(sa.environment.kernel)
        }
        child.peerRefusesTFC = contents.has(.espTFCPaddingNotSupported)
        let additional = chosen.additionalKeyExchanges
        guard !additional.isEmpty else { return nil }
        guard secret != nil else { throw .badAnswer("the peer chose additional key exchanges without a first") }
        return try FollowUpRequests(additional, contents)
    }

    /// Installs the CHILD_SA once everything is exchanged.
    ///
    /// - Parameters:
    ///   - additional: secrets of the additional key exchanges.
    ///   - delayOutbound: the SA has lost a collision before it was born: it receives until it is deleted.
    func install(
        initiatorNonce: [UInt8], responderNonce: [UInt8], additional: [SecretBytes] = [], delayOutbound: Bool = false,
        _ turn: inout Turn
    ) throws(ChildFailure) {
        guard let ikeKeys = sa.keys, let chosen = child.proposal else { throw .badAnswer("the IKE_SA is gone") }
        // The IKE_SA may have moved since the request was sent.
        child.place(at: sa.childAddresses)
        sa.claimReqid(child)
        let keys: ChildKeys
        do throws(CryptoError) {
            keys = try KeyDerivation(sa.environment.crypto).childKeys(
                chosen, keys: ikeKeys, sharedSecret: secret, additional: additional, initiatorNonce: initiatorNonce,
                responderNonce: responderNonce, isInitiator: true)
        } catch {
            throw .crypto(error)
        }
        try install(keys, delayOutbound: delayOutbound, turn.now)
        sa.children.append(child)
    }

    private func install(_ keys: ChildKeys, delayOutbound: Bool, _ now: Instant) throws(ChildFailure) {
        do throws(KernelError) {
            try child.install(keys, environment: sa.environment, delayOutbound: delayOutbound, now: now)
        } catch {
            throw .kernel(error)
        }
    }

    private func chosenProposal(_ contents: MessageContents) throws(ChildFailure) -> Proposal {
        guard let chosen = contents.sa?.proposals.first, contents.sa?.proposals.count == 1 else {
            throw .badAnswer("the peer's answer has no single proposal")
        }
        let policy = SelectionPolicy(ignoreKeyExchange: false, acceptPrivate: true)
        guard Proposal.isValidChoice(chosen, offered: proposals, policy: policy) else {
            throw .badAnswer("the peer chose \(chosen), which was not offered")
        }
        guard let spi = SPI(bytes: chosen.spi), spi.rawValue > 255 else {
            throw .badAnswer("the peer's SPI is not one")
        }
        child.spiOut = spi
        return chosen
    }

    private func sharedSecret(_ contents: MessageContents, _ chosen: Proposal) throws(ChildFailure) -> SecretBytes? {
        guard let method = chosen.keyExchange else { return nil }
        guard let keyExchange, keyExchange.method == method, let answer = contents.ke, answer.method == method else {
            throw .badAnswer("the peer's key exchange does not fit the proposal it chose")
        }
        do throws(CryptoError) {
            return try answer.publicValue.withUnsafeBufferPointer { (peer) throws(CryptoError) in
                try keyExchange.sharedSecret(peer: UnsafeRawBufferPointer(peer))
            }
        } catch {
            throw .crypto(error)
        }
    }

    private func takeSelectors(_ contents: MessageContents) throws(ChildFailure) {
        let answer = sa.translate(
            (contents.tsInitiator?.selectors ?? [], contents.tsResponder?.selectors ?? []), mode: child.mode)
        guard Selectors.isNarrowing(answer.local, of: local), Selectors.isNarrowing(answer.remote, of: remote) else {
            throw .selectors(
                offered: SelectorPair(local: answer.local, remote: answer.remote),
                configured: SelectorPair(local: local, remote: remote))
        }
        guard answer.local.count * answer.remote.count <= max(Selectors.mostPairs, local.count * remote.count) else {
            throw .badAnswer("the peer answers with \(answer.local.count) and \(answer.remote.count) traffic selectors")
        }
        child.localSelectors = Selectors.narrow(answer.local, to: answer.local)
        child.remoteSelectors = Selectors.narrow(answer.remote, to: answer.remote)
    }

    /// Gives back what an offer that came to nothing holds.
    func discard() {
        sa.remove(child)
    }
}

extension Proposal {
    /// The key exchange we would begin with; `nil`: without one.
    var preferredKeyExchange: KeyExchangeMethod? {
        first(.keyExchange).map { KeyExchangeMethod(rawValue: $0.id) }.flatMap { $0 == .none ? nil : $0 }
    }
}
