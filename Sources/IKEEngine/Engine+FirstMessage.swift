import IKECodec
import IKESA
import IKEv2
import IPsecModel
import Wire

// Admission of IKE_SA_INIT requests (RFC 7296 §2.6): nothing is kept for a peer before it has shown that it receives
// at its address, once many begin at the same time.

extension Engine {
    func firstMessage(_ header: IKEHeader, _ datagram: inout [UInt8], _ path: Path, _ turn: inout Turn) {
        guard header.isFromInitiator, header.messageID == 0, header.responderSPI.isZero, !header.initiatorSPI.isZero
        else {
            return invalid("IKE_SA_INIT request from \(path.remote) with impossible SPIs or message ID", path, &turn)
        }
        if let local = halfOpen.localSPI(peerSPI: header.initiatorSPI, remote: path.remote), let sa = table[local] {
            touch(sa)
            return sa.receive(header, &datagram, on: path, &turn)
        }
        // Who is authenticated has had the answer: this is a copy that the network has kept back.
        guard table.sa(firstRequest: InitResponder.digest(datagram)) == nil else {
            turn.effects.log(.ike, 1, "received IKE_SA_INIT request from \(path.remote) again, ignored")
            return turn.effects.append(.event(.counter(.invalid, connection: nil)))
        }
        guard !environment.settings.initiatorOnly, mayBegin(path, &turn) else { return }
        let contents: MessageContents
        do throws(MessageFault) {
            contents = try decode(header, datagram)
        } catch {
            return refuse(header, error, path, &turn)
        }
        turn.effects.append(.event(.counter(.ikeInitInReq, connection: nil)))
        turn.effects.log(.enc, 1, "parsed IKE_SA_INIT request 0 [ \(contents.summary) ]")
        guard passesCookie(header, contents, path, &turn) else { return }
        begin(header, contents, datagram, path, &turn)
    }

    private func decode(_ header: IKEHeader, _ datagram: [UInt8]) throws(MessageFault) -> MessageContents {
        let message = datagram.span.bytes
        let payloads: [PayloadView]
        do throws(CodecError) {
            payloads = try PayloadChain.parse(
                first: header.nextPayload,
                range: ByteRange(offset: IKEHeader.size, count: datagram.count - IKEHeader.size), in: message)
        } catch {
            throw .syntax(header.nextPayload, error)
        }
        try ExchangeRules.check(payloads, exchange: .ikeSAInit, isResponse: false)
        return try MessageContents(payloads, in: message)
    }

    private func refuse(_ header: IKEHeader, _ fault: MessageFault, _ path: Path, _ turn: inout Turn) {
        turn.effects.log(.ike, 1, "IKE_SA_INIT request from \(path.remote) refused: \(fault)")
        turn.effects.append(.event(.counter(.invalid, connection: nil)))
        if case .unsupportedCriticalPayload(let type) = fault {
            answerUnprotected(
                header, NotifyPayload(.unsupportedCriticalPayload, data: [type.rawValue]), path, &turn)
        } else {
            answerUnprotected(header, NotifyPayload(.invalidSyntax), path, &turn)
        }
    }

    /// Limits behind which peers are dropped without an answer.
    private func mayBegin(_ path: Path, _ turn: inout Turn) -> Bool {
        let settings = environment.settings
        if settings.ikeSALimit > 0, table.count >= settings.ikeSALimit {
            turn.effects.log(.net, 1, "ignoring IKE_SA setup from \(path.remote.address), limit of \(settings.ikeSALimit) IKE_SAs reached")
            return false
        }
        if settings.initLimitHalfOpen > 0, halfOpen.count >= settings.initLimitHalfOpen {
            turn.effects.log(.net, 1, "ignoring IKE_SA setup from \(path.remote.address), half open IKE_SA count of \(halfOpen.count) exceeds limit of \(settings.initLimitHalfOpen)")
            return false
        }
        if settings.dosProtection, settings.blockThreshold > 0,
            halfOpen.count(from: path.remote.address) >= settings.blockThreshold
        {
            turn.effects.log(.net, 1, "ignoring IKE_SA setup from \(path.remote.address), peer too aggressive")
            return false
        }
        return true
    }

    private func passesCookie(
        _ header: IKEHeader, _ contents: MessageContents, _ path: Path, _ turn: inout Turn
    ) -> Bool {
        let settings = environment.settings
        guard settings.dosProtection, let nonce = contents.nonce else { return true }
        let isNeeded =
            settings.cookieThreshold > 0 && halfOpen.count >= settings.cookieThreshold
            || settings.cookieThresholdIP > 0
                && halfOpen.count(from: path.remote.address) >= settings.cookieThresholdIP
        guard isNeeded else { return true }
        if let cookie = contents.notify(.cookie)?.data,
            cookies.isValid(cookie, header, nonce: nonce, remote: path.remote, now: turn.now)
        {
            return true
        }
        turn.effects.log(.net, 1, "sending COOKIE notify to \(path.remote.address)")
        let cookie = cookies.cookie(header, nonce: nonce, remote: path.remote, now: turn.now)
        answerUnprotected(header, NotifyPayload(.cookie, data: cookie), path, &turn)
        return false
    }

    private func begin(
        _ header: IKEHeader, _ contents: MessageContents, _ datagram: [UInt8], _ path: Path, _ turn: inout Turn
    ) {
        turn.effects.log(.ike, 0, "\(path.remote.address) is initiating an IKE_SA")
        do throws(InitResponder.Refusal) {
            let sa = try InitResponder(host: self).respond(
                to: contents, header: header, datagram: datagram, on: path, &turn)
            table.insert(sa)
            halfOpen.insert(sa.localSPI, peerSPI: header.initiatorSPI, remote: path.remote)
            touch(sa)
        } catch {
            turn.effects.log(.ike, 1, error.reason)
            if error.notify == .invalidSyntax { turn.effects.append(.event(.counter(.invalid, connection: nil))) }
            if let kind = error.alert {
                turn.effects.append(.event(.alert(Alert(kind: kind, text: error.reason, remote: path.remote))))
            }
            answerUnprotected(header, NotifyPayload(error.notify, data: error.data), path, &turn)
        }
    }
}
