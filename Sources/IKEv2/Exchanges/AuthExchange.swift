import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// IKE_AUTH as initiator, with the first CHILD_SA (RFC 7296 §1.2).
///
///     initiator                                        responder
///     HDR, SK { IDi, [CERT…], [CERTREQ], [IDr],
///               AUTH, SAi2, TSi, TSr }             →
///                                                  ←   HDR, SK { IDr, [CERT…], AUTH, SAr2, TSi, TSr }
final class AuthExchange: Exchange {
    let name = "IKE_AUTH"
    let type = ExchangeType.ikeAuth
    var commands: [CommandID]

    private var offer: ChildOffer?
    /// The pending child that the offer is for.
    private var request: PendingChild?
    var childName: String? { request?.config.name }
    /// The keys without PPK, for a responder that does not have it.
    private var plainKeys: IKEKeys?

    init(commands: [CommandID]) { self.commands = commands }

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        guard let round = sa.peer.local.first else { return false }
        let authenticator = Authenticator(sa)
        do throws(AuthenticationFailure) {
            let fallback = Identification(address: sa.path.local.address)
            let proof = try authenticator.localProof(round, fallback: fallback)
            sa.localIdentity = proof.identity
            let identity = IDPayload(proof.identity)
            let wanted = sa.peer.remote.first?.identity.exactIdentity
            let remote = wanted ?? Identification(address: sa.path.remote.address)
            func makeAuth(_ turn: inout Turn) throws(AuthenticationFailure) -> AuthenticationPayload {
                try authenticator.authenticate(proof, round: round, identity: identity, remote: remote, &turn)
            }
            var ppkNotifies: [NotifyPayload] = []
            if let ppk = sa.handshake?.ppk, sa.capabilities.contains(.ppk) {
                ppkNotifies.append(NotifyPayload(.ppkIdentity, data: ppk.notifyData))
                if !sa.peer.ppkRequired { ppkNotifies.append(NotifyPayload(.noPPKAuth, data: try makeAuth(&turn).data)) }
                plainKeys = sa.keys
                try sa.mixPPK(ppk)
            }
            let auth = try makeAuth(&turn)
            message.add(.idInitiator) { identity.write(to: &$0) }
            writeCertificates(sa, proof, &message, &turn)
            if let wanted { message.add(.idResponder) { IDPayload(wanted).write(to: &$0) } }
            message.add(.authentication) { auth.write(to: &$0) }
            for notify in ppkNotifies { message.add(notify) }
        } catch {
            sa.log(&turn, .ike) { "\(error)" }
            sa.alert(&turn, "local-auth-failed", "\(error)")
            sa.destroy(reason: "\(error)", &turn)
            return false
        }
        if sa.peer.unique != .never, sa.host.isInitialContact(sa) { message.add(.initialContact) }
        writeChild(sa, &message, &turn)
        Mobike.announce(sa, &message, &turn)
        return sa.state != .destroying
    }

    private func writeCertificates(
        _ sa: IKEv2SA, _ proof: Authenticator.LocalProof, _ message: inout PayloadWriter, _ turn: inout Turn
    ) {
        CertificateExchange.write(proof.credential, sa, &message, &turn)
        CertificateExchange.writeRequest(sa, &message, &turn)
    }

    private func writeChild(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) {
        let isChildless = sa.capabilities.contains(.childless) && (sa.peer.childless == .prefer || sa.peer.childless == .force)
        guard !sa.pending.isEmpty, !isChildless else { return }
        let request = sa.pending.removeFirst()
        self.request = request
        commands += request.commands
        do throws(ChildFailure) {
            let offer = try ChildOffer(
                sa, request.config, reqid: request.reqid, trigger: request.trigger, replacing: nil,
                withKeyExchange: false, method: nil)
            self.offer = offer
            offer.logBeginning(&turn)
            offer.write(&message, nonce: nil)
        } catch {
            childFailed(sa, error, &turn)
        }
    }

    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        let contents = response.contents
        // Establishing the IKE_SA forgets the handshake; the child's keys still need its nonces.
        let handshake = sa.handshake
        sa.count(&turn, .ikeAuthInResp)
        // After INVALID_SYNTAX the peer has dropped the IKE_SA without a delete, authenticated or not (RFC 7296 §2.21.3).
        if let error = contents.errorNotify, contents.authentication == nil || error.type == .invalidSyntax {
            sa.log(&turn, .ike) { "received \(error.type) notify error" }
            sa.alert(&turn, "local-auth-failed", "received \(error.type) notify error")
            return .failed(reason: "received \(error.type) notify error")
        }
        CertificateExchange.read(contents, into: sa, &turn)
        do throws(AuthenticationFailure) {
            try authenticatePeer(contents, sa, &turn)
        } catch {
            sa.log(&turn, .ike) { "\(error)" }
            sa.alert(&turn, "peer-auth-failed", "\(error)")
            discardOffer()
            // The peer believes the IKE_SA is up: it is told in an exchange of its own (RFC 7296 §2.21.2).
            return .next(RefuseAuthExchange(reason: "\(error)", commands: takeCommands()))
        }
        guard sa.host.admit(sa, initialContact: contents.has(.initialContact), &turn) else {
            discardOffer()
            return .next(RefuseAuthExchange(reason: "an IKE_SA with this peer exists already", commands: takeCommands()))
        }
        Mobike.read(contents, sa, &turn)
        sa.establish(&turn)
        finishChild(response, sa, handshake, &turn)
        AuthLifetime.read(contents, sa, &turn)
        sa.startPending(&turn)
        return .done
    }

    private func authenticatePeer(
        _ contents: MessageContents, _ sa: IKEv2SA, _ turn: inout Turn
    ) throws(AuthenticationFailure) {
        guard let identity = contents.idResponder, let auth = contents.authentication,
            let round = sa.peer.remote.first
        else { throw .incomplete("the IKE_AUTH response lacks IDr or AUTH") }
        guard sa.peer.hasOneRound else {
            throw .incomplete("the connection wants several authentication rounds, which are not supported yet")
        }
        guard !contents.has(.anotherAuthFollows) else {
            throw .incomplete("the peer wants several authentication rounds, which are not supported yet")
        }
        try settlePPK(contents, sa, &turn)
        try Authenticator(sa).verify(
            auth, identity: identity, certificates: contents.certificates, round: round, &turn)
        sa.remoteIdentity = identity.identity
    }

    /// A responder that uses our PPK says so with an empty PPK_IDENTITY (RFC 8784 §3).
    private func settlePPK(
        _ contents: MessageContents, _ sa: IKEv2SA, _ turn: inout Turn
    ) throws(AuthenticationFailure) {
        guard let plainKeys else { return }
        self.plainKeys = nil
        if contents.has(.ppkIdentity) {
            sa.usesPPK = true
            sa.log(&turn, .cfg) { "using PPK for '\(sa.peer.ppkID.map { "\($0)" } ?? "")'" }
        } else if sa.peer.ppkRequired {
            throw .ppk("PPK required, but the peer did not use it")
        } else {
            sa.log(&turn, .cfg) { "the peer does not have our PPK, going on without" }
            sa.keys = plainKeys
        }
    }

    private func finishChild(_ response: Response, _ sa: IKEv2SA, _ handshake: Handshake?, _ turn: inout Turn) {
        guard let offer, let handshake else {
            complete(.done, &turn)
            return
        }
        self.offer = nil
        if let error = response.contents.errorNotify, response.contents.sa == nil {
            offer.discard()
            if error.type == .singlePairRequired, var request, request.canNarrow {
                sa.log(&turn, .ike) { "peer wants a single pair of selectors, proposing those of the packet" }
                request.isSinglePair = true
                request.commands = commands
                commands = []
                return sa.queue.append(CreateChildExchange(request))
            }
            return childFailed(sa, .refused(error.type), &turn)
        }
        do throws(ChildFailure) {
            // IKE_AUTH exchanges no keys, so nothing can follow.
            _ = try offer.accept(response.contents, &turn)
            try offer.install(
                initiatorNonce: handshake.initiatorNonce, responderNonce: handshake.responderNonce, &turn)
            sa.childEstablished(offer.child, &turn)
            complete(.done, &turn)
        } catch {
            offer.discard()
            childFailed(sa, error, &turn)
            // The peer has installed what we could not: it is told to drop it.
            if !offer.child.spiIn.isZero, response.contents.sa != nil {
                sa.queue.append(DeleteChildExchange.forFailed(offer.child))
            }
        }
    }

    private func childFailed(_ sa: IKEv2SA, _ error: ChildFailure, _ turn: inout Turn) {
        let name = request?.config.name ?? "?"
        sa.childFailed(name, error, &turn)
        complete(.failed("establishing CHILD_SA '\(name)' failed: \(error)"), &turn)
    }

    private func discardOffer() {
        offer?.discard()
        offer = nil
    }

    private func takeCommands() -> [CommandID] {
        defer { commands = [] }
        return commands
    }

    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        discardOffer()
        // Given back, so that a further try can take it along.
        if var request, sa.state != .established {
            request.commands = commands
            commands = []
            sa.pending.insert(request, at: 0)
            self.request = nil
            return
        }
        complete(.failed(reason), &turn)
    }
}

/// Tells a peer whose authentication failed that the IKE_SA is not wanted (RFC 7296 §2.21.2).
final class RefuseAuthExchange: Exchange {
    let name = "IKE_AUTH_FAILED"
    let type = ExchangeType.informational
    var commands: [CommandID]
    private let reason: String

    init(reason: String, commands: [CommandID]) {
        self.reason = reason
        self.commands = commands
    }

    func build(_ sa: IKEv2SA, _ message: inout PayloadWriter, _ turn: inout Turn) -> Bool {
        message.add(.authenticationFailed)
        return true
    }

    /// Whatever the answer, the IKE_SA ends here.
    func process(_ response: Response, _ sa: IKEv2SA, _ turn: inout Turn) -> ExchangeOutcome {
        .failed(reason: reason)
    }

    func abandon(_ sa: IKEv2SA, reason: String, _ turn: inout Turn) {
        complete(.failed(self.reason), &turn)
    }
}
