import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers INFORMATIONAL: deletes, notifies, and the empty request that asks whether we are alive (RFC 7296 §1.4).
struct InformationalResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    func respond(to contents: MessageContents, on path: Path, _ reply: inout Reply, _ turn: inout Turn) {
        if contents.deletes.contains(where: { $0.protocolID == .ike }) {
            return deleteIKE(&reply, &turn)
        }
        if contents.has(.authenticationFailed) {
            sa.log(&turn, .ike) { "received AUTHENTICATION_FAILED notify, the peer does not accept our identity" }
            sa.alert(&turn, "local-auth-failed", "the peer does not accept our identity")
            reply.closing = "the peer refused our authentication"
            return
        }
        if sa.isEstablished, sa.isOriginalInitiator { AuthLifetime.read(contents, sa, &turn) }
        lookUpInvalidSPIs(contents, &turn)
        MobikeResponder(sa).respond(to: contents, on: path, &reply, &turn)
        var answered: [SecurityProtocol: [SPI]] = [:]
        for delete in contents.deletes {
            for spi in delete.spis {
                if let own = self.delete(spi, delete.protocolID, &reply, &turn) {
                    answered[delete.protocolID, default: []].append(own)
                }
            }
        }
        for (protocolID, spis) in answered.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            reply.message.add(.delete) { DeletePayload(protocolID: protocolID, spis: spis).write(to: &$0) }
        }
    }

    // MARK: IKE_SA

    private func deleteIKE(_ reply: inout Reply, _ turn: inout Turn) {
        sa.log(&turn, .ike) { "received DELETE for IKE_SA \(sa.label)" }
        sa.log(&turn, .ike, 0) { "deleting IKE_SA \(sa.label) between \(sa.ends)" }
        // The peer's rekeying has won, and the answer to know it by was lost.
        (sa.active as? RekeyIKEExchange)?.concede(sa, &turn)
        sa.log(&turn, .ike, 0) { "IKE_SA deleted" }
        sa.passOnRequests(&turn)
        let lost = sa.state == .established || sa.state == .rekeying ? sa.children : []
        // Once the response is out the SA is destroyed, which makes room before anything is set up again.
        reply.closing = "deleted by the peer"
        sa.closeActions = lost.filter { $0.config.closeAction != .none && $0.state != .deleted && $0.state != .deleting }
    }

    // MARK: CHILD_SAs

    /// The peer has no SA for packets of ours (RFC 7296 §1.5). Whether that is so, or they were late, shows when the
    /// CHILD_SA is rekeyed: a peer that does not know it answers CHILD_SA_NOT_FOUND, and a new one takes its place.
    private func lookUpInvalidSPIs(_ contents: MessageContents, _ turn: inout Turn) {
        for notify in contents.notifies where notify.type == .invalidSPI {
            guard let spi = SPI(bytes: notify.data),
                let child = sa.children.first(where: { $0.spiOut == spi }), child.state == .installed
            else { continue }
            sa.log(&turn, .ike) { "peer has no CHILD_SA with SPI \(spi), rekeying \(child.label)" }
            // The response to this request goes first.
            let exchange = RekeyChildExchange(child)
            sa.queue.append(exchange)
        }
    }

    /// - Returns: our SPI for the response; `nil` where the SA is unknown or both sides delete at once
    ///   (RFC 7296 §1.4.1).
    private func delete(
        _ spi: SPI, _ protocolID: SecurityProtocol, _ reply: inout Reply, _ turn: inout Turn
    ) -> SPI? {
        guard let child = sa.child(outboundSPI: spi, protocolID), child.state != .deleted else {
            sa.log(&turn, .ike) { "received DELETE for unknown \(protocolID.name) CHILD_SA with SPI \(spi)" }
            if sa.active?.isMakingSA == true { sa.deletedEarly.insert(spi) }
            return nil
        }
        sa.log(&turn, .ike) { "received DELETE for \(protocolID.name) CHILD_SA with SPI \(spi)" }
        // Where both sides have run out of time only one of them sets up another.
        if !sa.isOriginalInitiator { sa.queue.removeAll { ($0 as? CreateChildExchange)?.recreated === child } }
        switch child.state {
        case .deleting:
            return nil
        case .rekeyed:
            finishRekeying(child, child.replacedBy, &turn)
        case .rekeying:
            deleteWhileRekeying(child, &reply, &turn)
        default:
            if let active = sa.active as? RekeyChildExchange { active.forgetRival(child) }
            revert(child, &turn)
            close(child, &reply, &turn)
        }
        return child.spiIn
    }

    /// The peer takes a replacement back, which it could not install: the old CHILD_SA goes on.
    private func revert(_ new: ChildSA, _ turn: inout Turn) {
        guard let old = new.replaces, old.state == .rekeyed, old.replacedBy === new else { return }
        old.state = .installed
        old.replacedBy = nil
        sa.childRekeyed(new, old, &turn)
    }

    /// The peer has the replacement: from now on we send on it.
    private func finishRekeying(_ old: ChildSA, _ new: ChildSA?, _ turn: inout Turn) {
        sa.logClosing(old, &turn)
        if let new { sa.beginSending(new, &turn) }
        sa.childDeleted(old, wasRekeyed: true, &turn)
    }

    /// Our own rekeying of it is under way: either the peer's has won a collision, or the peer closes it for good.
    private func deleteWhileRekeying(_ child: ChildSA, _ reply: inout Reply, _ turn: inout Turn) {
        guard let own = sa.active as? RekeyChildExchange, own.old === child else { return close(child, &reply, &turn) }
        if let rival = own.rivalChild {
            child.replacedBy = rival
            rival.replaces = child
            sa.childRekeyed(child, rival, &turn)
            finishRekeying(child, rival, &turn)
        } else {
            own.wasDeletedByPeer = true
            close(child, &reply, &turn)
        }
    }

    private func close(_ child: ChildSA, _ reply: inout Reply, _ turn: inout Turn) {
        sa.logClosing(child, &turn)
        sa.childDeleted(child, wasRekeyed: false, &turn)
        let sa = sa
        reply.afterwards.append { turn in
            sa.log(&turn, .ike) { "CHILD_SA closed" }
            // What we are closing altogether is not wanted back.
            guard sa.state != .deleting else { return }
            sa.host.childLost(child, of: sa, child.config.closeAction, &turn)
        }
    }
}
