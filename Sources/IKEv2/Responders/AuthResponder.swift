import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers IKE_AUTH (RFC 7296 §1.2): who is the peer, which connection is meant, who are we, which CHILD_SA.
struct AuthResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    /// Signatures and MACs that one peer may cost us, however many connections might be meant.
    private static let tryLimit = 8

    func respond(to contents: MessageContents, _ reply: inout Reply, _ turn: inout Turn) {
        guard sa.handshake?.keyAnswers.isDone == true else {
            return refuse(&reply, "the peer left out an additional key exchange", &turn)
        }
        guard let identity = contents.idInitiator else {
            return refuse(&reply, "the IKE_AUTH request lacks IDi", &turn)
        }
        sa.remoteIdentity = identity.identity
        CertificateExchange.read(contents, into: sa, &turn)
        guard let auth = contents.authentication else {
            return refuse(&reply, "peer requested EAP authentication, which no connection offers", &turn)
        }
        // What the further rounds would prove is not known, so the first alone is not enough (RFC 4739 §2.1).
        guard !contents.has(.anotherAuthFollows) else {
            return refuse(
                &reply, "peer '\(identity.identity)' wants several authentication rounds, which are not supported yet", &turn)
        }
        guard selectConnection(contents, identity, auth, &turn) else {
            return refuse(&reply, "peer '\(identity.identity)' is not authenticated", &turn)
        }
        // Nobody is displaced for a newcomer that we cannot answer.
        guard proveIdentity(&reply, &turn) else { return }
        guard sa.host.admit(sa, initialContact: contents.has(.initialContact), &turn) else {
            return refuse(&reply, "an IKE_SA with '\(identity.identity)' exists already and is kept", &turn)
        }
        Mobike.read(contents, sa, &turn)
        if sa.capabilities.contains(.mobike) { Mobike.announce(sa, &reply.message, &turn) }
        AuthLifetime.write(sa, &reply.message)
        let handshake = sa.handshake
        sa.establish(&turn)
        answerChild(contents, handshake, &reply, &turn)
    }

    private func refuse(_ reply: inout Reply, _ reason: String, _ turn: inout Turn) {
        sa.log(&turn, .ike) { reason }
        sa.alert(&turn, "peer-auth-failed", reason)
        reply.message = PayloadWriter()
        reply.refuse(.authenticationFailed)
        reply.closing = reason
    }

    // MARK: The peer

    /// The first connection, most specific first, that takes this peer.
    private func selectConnection(
        _ contents: MessageContents, _ identity: IDPayload, _ auth: AuthenticationPayload, _ turn: inout Turn
    ) -> Bool {
        let wanted = contents.idResponder?.identity
        let candidates = sa.host.connections(for: sa.path, remote: identity.identity, local: wanted)
        sa.log(&turn, .cfg) {
            "looking for peer configs matching \(sa.path.local.address)[\(wanted.map { "\($0)" } ?? "%any")]..."
                + "\(sa.path.remote.address)[\(identity.identity)]"
        }
        guard !candidates.isEmpty else {
            sa.log(&turn, .cfg) { "no matching peer config found" }
            logCandidates(identity.identity, wanted, &turn)
            return false
        }
        var tries = 0
        for peer in candidates {
            guard tries < Self.tryLimit else { break }
            guard let round = peer.remote.first, peer.hasOneRound else {
                sa.log(&turn, .cfg) { "peer config '\(peer.name)' wants several authentication rounds, which are not supported yet" }
                continue
            }
            guard allowsAgreedProposal(peer) else {
                let agreed = sa.proposal
                sa.log(&turn, .cfg) { "ignore candidate '\(peer.name)', whose IKE proposals lack \(agreed.map { "\($0)" } ?? "the one in use")" }
                continue
            }
            tries += 1
            sa.peer = peer
            sa.localIdentity = peer.local.first?.identity ?? wanted ?? Identification(address: sa.path.local.address)
            do throws(AuthenticationFailure) {
                try verify(contents, identity, auth, round, &turn)
                sa.log(&turn, .cfg) { "selected peer config '\(peer.name)'" }
                return true
            } catch {
                sa.log(&turn, .ike) { "\(error)" }
                sa.log(&turn, .cfg) { "selected peer config '\(peer.name)' unacceptable: \(error)" }
            }
        }
        sa.log(&turn, .cfg) { "no alternative config found" }
        return false
    }

    /// IKE_SA_INIT was answered for whatever connection its addresses fit: the one that the identity belongs to may be
    /// stricter, and its administrator did not ask for the algorithms of another.
    private func allowsAgreedProposal(_ peer: PeerConfig) -> Bool {
        guard var agreed = sa.proposal else { return false }
        agreed.number = 0
        return Proposal.isValidChoice(agreed, offered: peer.proposals, policy: SelectionPolicy(acceptPrivate: true))
    }

    /// Checks AUTH under `sa.peer`, with a PPK or without as both sides would have it; the keys that fit are left.
    private func verify(
        _ contents: MessageContents, _ identity: IDPayload, _ auth: AuthenticationPayload,
        _ round: RemoteAuthentication, _ turn: inout Turn
    ) throws(AuthenticationFailure) {
        var auth = auth
        let plainKeys = sa.keys
        let reading = try PostquantumPreSharedKey.reading(contents, auth, for: sa.peer, sa)
        switch reading {
        case .with(let ppk): try sa.mixPPK(ppk)
        case .without(let plain): auth = plain
        }
        do throws(AuthenticationFailure) {
            try Authenticator(sa).verify(
                auth, identity: identity, certificates: contents.certificates, round: round, &turn)
        } catch {
            sa.keys = plainKeys
            throw error
        }
        guard case .with = reading else { return }
        sa.usesPPK = true
        sa.log(&turn, .cfg) { "using the peer's PPK" }
    }

    /// Why each connection at these addresses was not the one.
    private func logCandidates(_ remote: Identification, _ wanted: Identification?, _ turn: inout Turn) {
        for peer in sa.host.connections(for: sa.path, limit: 8) {
            sa.log(&turn, .cfg) {
                if let round = peer.remote.first, round.identity.matches(remote) == nil {
                    return "  candidate '\(peer.name)' rejected: remote id '\(round.identity)' does not match '\(remote)'"
                }
                let own = peer.local.first?.identity.map { "\($0)" } ?? "%any"
                return "  candidate '\(peer.name)' rejected: local id '\(own)' is not '\(wanted.map { "\($0)" } ?? "%any")'"
            }
        }
    }

    // MARK: We

    private func proveIdentity(_ reply: inout Reply, _ turn: inout Turn) -> Bool {
        let authenticator = Authenticator(sa)
        do throws(AuthenticationFailure) {
            guard let round = sa.peer.local.first else { throw .incomplete("the connection has no local section") }
            let proof = try authenticator.localProof(
                round, fallback: sa.localIdentity ?? Identification(address: sa.path.local.address))
            sa.localIdentity = proof.identity
            let identity = IDPayload(proof.identity)
            let auth = try authenticator.authenticate(
                proof, round: round, identity: identity, remote: sa.remoteIdentity, &turn)
            reply.message.add(.idResponder) { identity.write(to: &$0) }
            CertificateExchange.write(proof.credential, sa, &reply.message, &turn)
            reply.message.add(.authentication) { auth.write(to: &$0) }
            if sa.usesPPK { reply.message.add(.ppkIdentity) }
            return true
        } catch {
            sa.alert(&turn, "local-auth-failed", "\(error)")
            refuse(&reply, "\(error)", &turn)
            return false
        }
    }

    // MARK: The first CHILD_SA

    private func answerChild(
        _ contents: MessageContents, _ handshake: Handshake?, _ reply: inout Reply, _ turn: inout Turn
    ) {
        guard contents.sa != nil, contents.tsInitiator != nil, contents.tsResponder != nil, let handshake else {
            return refuseChildless(&reply, &turn)
        }
        guard sa.peer.childless != .force else {
            sa.log(&turn, .ike) { "peer is configured to only accept childless IKE_SAs" }
            return reply.refuse(.noAdditionalSAs)
        }
        guard !contents.asksForVirtualIP else {
            sa.log(&turn, .ike) { "peer requested a virtual IP, address pools are not supported yet: sending INTERNAL_ADDRESS_FAILURE" }
            sa.alert(&turn, "vip-failure", "'\(sa.remoteIdentity.map { "\($0)" } ?? "%any")' requested a virtual IP")
            return reply.refuse(.internalAddressFailure)
        }
        do throws(ChildRefusal) {
            let answer = try ChildAnswer(
                sa, contents, candidates: sa.peer.children, rekeyed: nil, withKeyExchange: false, &turn)
            let olds = sa.host.predecessors(of: answer.child, in: sa)
            try answer.install(
                initiatorNonce: handshake.initiatorNonce, responderNonce: handshake.responderNonce,
                delayOutbound: !olds.isEmpty, &turn)
            sa.takeOver(answer.child, from: olds, &turn)
            answer.write(&reply.message, nonce: nil)
            sa.childEstablished(answer.child, &turn)
        } catch {
            sa.childFailed(sa.peer.children.first?.name ?? "(none)", error.failure, &turn)
            reply.refuse(error.notify, data: error.data)
        }
    }

    private func refuseChildless(_ reply: inout Reply, _ turn: inout Turn) {
        guard sa.peer.childless == .never else { return }
        sa.log(&turn, .ike) { "peer wants a childless IKE_SA, which the connection does not allow" }
        reply.message = PayloadWriter()
        reply.refuse(.invalidSyntax)
        reply.closing = "childless IKE_SAs are not allowed"
    }
}
