import CryptoInterface
package import IKECodec
package import IKESA
package import IPsecModel
import Wire

// From a datagram to the exchange it belongs to. The order is that of RFC 7296 §2.1 to §2.3 and §2.21: message ID
// first, then authenticity, then syntax, then meaning; state changes only after the first three.

extension IKEv2SA {
    /// A datagram whose SPIs name this SA. It is decrypted in place.
    package func receive(_ header: IKEHeader, _ datagram: inout [UInt8], on path: Path, _ turn: inout Turn) {
        guard state != .destroying, header.isFromInitiator != isInitiator else { return ignore(header, &turn) }
        if header.isResponse {
            receiveResponse(header, &datagram, on: path, &turn)
        } else {
            receiveRequest(header, &datagram, on: path, &turn)
        }
    }

    // MARK: Responses

    private func receiveResponse(
        _ header: IKEHeader, _ datagram: inout [UInt8], on path: Path, _ turn: inout Turn
    ) {
        guard requests.expects(header), let exchange = active else { return ignore(header, &turn) }
        guard let contents = read(header, &datagram, isRequest: false, on: path, &turn) else { return }
        if !isPlain(header.exchange) {
            noteAuthentic(path, &turn)
            pathProved(path, &turn)
        }
        finish(exchange, Response(contents: contents, header: header, datagram: datagram), &turn)
    }

    private func finish(_ exchange: any Exchange, _ response: Response, _ turn: inout Turn) {
        let outcome = exchange.process(response, self, &turn)
        if case .stale = outcome { return ignore(response.header, &turn) }
        if case .doubtful(let reason) = outcome { return doubt(reason, &turn) }
        timers.cancel(.retransmit)
        timers.cancel(.doubt)
        askAfterInvalidSyntax(response, &turn)
        // An exchange that goes on has not brought its CHILD_SA yet.
        if case .again = outcome {} else { removeDeletedEarly(&turn) }
        switch outcome {
        case .stale, .doubtful: break
        case .done:
            requests.answered()
            active = nil
        case .again:
            if response.header.exchange == .ikeSAInit { requests.restart() } else { requests.answered() }
            active = nil
            queue.insert(exchange, at: 0)
        case .next(let next):
            requests.answered()
            active = nil
            queue.insert(next, at: 0)
        case .failed(let reason):
            requests.answered()
            active = nil
            exchange.abandon(self, reason: reason, &turn)
            destroy(reason: reason, &turn)
        }
        initiateNext(&turn)
    }

    /// An answer that nobody vouches for says no. The request stands for a while and is sent again as usual: if the
    /// refusal was forged, the peer's own answer is on its way (RFC 7296 §2.21.1).
    private func doubt(_ reason: String, _ turn: inout Turn) {
        guard timers.deadline(of: .doubt) == nil else { return }
        log(&turn, .ike) { "anybody could have sent this answer, waiting a moment for another" }
        doubtedAnswer = reason
        timers.set(.doubt, at: turn.now + Self.patienceWithRefusals)
    }

    /// A round trip and the retransmission of a peer that is slow to answer, and not so long that a user wonders.
    private static let patienceWithRefusals = Duration.seconds(1)

    /// No better answer came.
    func doubtTimedOut(_ turn: inout Turn) {
        guard let reason = doubtedAnswer, let exchange = active else { return }
        requests.answered()
        active = nil
        host.connectFailed(self, reason: .refused(reason), &turn)
        exchange.abandon(self, reason: reason, &turn)
        destroy(reason: reason, &turn)
    }

    /// INVALID_SYNTAX ends the IKE_SA at a peer that follows RFC 7296 §2.21.3, and nothing at others: it is asked.
    private func askAfterInvalidSyntax(_ response: Response, _ turn: inout Turn) {
        guard isEstablished, response.contents.errorNotify?.type == .invalidSyntax, !(active is LivenessExchange),
            !queue.contains(where: { $0 is LivenessExchange })
        else { return }
        log(&turn, .ike) { "peer found our request malformed, checking whether it keeps the IKE_SA" }
        queue.append(LivenessExchange())
    }

    // MARK: Requests

    private func receiveRequest(
        _ header: IKEHeader, _ datagram: inout [UInt8], on path: Path, _ turn: inout Turn
    ) {
        // Nobody may ask for anything before it is authenticated; it asks again when it is (RFC 7296 §2.21.2).
        guard !(isInitiator && state == .connecting) else { return ignore(header, &turn) }
        switch responses.admit(header.messageID) {
        case .outside:
            log(&turn, .ike) {
                "received message ID \(header.messageID), expected \(self.responses.expectedID), ignored"
            }
            count(&turn, .invalid)
        case .duplicate(let kept):
            resend(kept, header, datagram, on: path, &turn)
        case .new:
            guard !isPlain(header.exchange) else { return ignore(header, &turn) }
            guard let contents = read(header, &datagram, isRequest: true, on: path, &turn) else { return }
            if state == .connecting { self.path = path }
            noteAuthentic(path, &turn)
            countRequest(header.exchange, &turn)
            respond(to: header, contents, on: path, &turn)
        }
    }

    /// The peer did not get our response.
    private func resend(
        _ kept: [[UInt8]], _ header: IKEHeader, _ datagram: [UInt8], on path: Path, _ turn: inout Turn
    ) {
        guard header.callsForResponse(datagram) else { return }
        // Nobody has checked this copy: a message of another kind under the same number is none.
        guard responses.lastExchange == header.exchange else { return ignore(header, &turn) }
        if header.exchange == .ikeSAInit, let handshake, handshake.initRequest != datagram {
            return ignore(header, &turn)
        }
        log(&turn, .ike) { "received retransmit of request with ID \(header.messageID), retransmitting response" }
        for datagram in kept { turn.effects.transmit(datagram, on: path, dscp: peer.dscp) }
    }

    func respond(to header: IKEHeader, _ contents: MessageContents, on path: Path, _ turn: inout Turn) {
        var reply = Reply()
        decideCollision(contents, &turn)
        switch header.exchange {
        case .ikeIntermediate where state == .connecting && !isInitiator:
            IntermediateResponder(self).respond(to: contents, &reply, &turn)
        case .ikeAuth where state == .connecting && !isInitiator:
            AuthResponder(self).respond(to: contents, &reply, &turn)
        case .createChildSA where state != .connecting && state != .created:
            CreateChildResponder(self).respond(to: contents, &reply, &turn)
        case .ikeFollowupKE where state != .connecting && state != .created:
            FollowUpResponder(self).respond(to: contents, &reply, &turn)
        case .informational where state != .created && !isHalfOpen:
            InformationalResponder(self).respond(to: contents, on: path, &reply, &turn)
        default:
            log(&turn, .ike) { "\(header.exchange) request does not fit state \(self.state.rawValue)" }
            reply.refuse(.invalidSyntax)
        }
        if reply.isInvalidSyntax { count(&turn, .invalid) }
        send(reply, header, on: path, &turn)
        finishReply(reply, &turn)
    }

    /// A peer that uses the IKE_SA of its rekeying, other than to delete it, has won the collision.
    private func decideCollision(_ contents: MessageContents, _ turn: inout Turn) {
        guard state == .connecting, let old = predecessor, !contents.deletes.contains(where: { $0.protocolID == .ike })
        else { return }
        host.touch(old)
        (old.active as? RekeyIKEExchange)?.concede(old, &turn)
    }

    /// What a reply announces takes place once it is on its way. INVALID_SYNTAX ends the IKE_SA on both sides, without
    /// a delete (RFC 7296 §2.21.3).
    private func finishReply(_ reply: Reply, _ turn: inout Turn) {
        if let reason = reply.closing ?? (reply.isInvalidSyntax ? "the peer's request was refused as invalid" : nil) {
            if let last = responses.lastResponse { host.keep(last, of: self, at: turn.now) }
            destroy(reason: reason, &turn)
        } else {
            for step in reply.afterwards { step(&turn) }
            initiateNext(&turn)
        }
    }

    // MARK: Reading

    /// Opens, reassembles, checks and decodes a message; `nil`: there is nothing to process (yet).
    private func read(
        _ header: IKEHeader, _ datagram: inout [UInt8], isRequest: Bool, on path: Path, _ turn: inout Turn
    ) -> MessageContents? {
        var first = header.nextPayload
        var range = ByteRange(offset: IKEHeader.size, count: datagram.count - IKEHeader.size)
        var message = datagram
        if !isPlain(header.exchange) {
            guard let opened = open(header, &datagram, &turn) else { return nil }
            if let fragment = opened.fragment {
                guard let whole = collect(fragment, opened, header, datagram, &turn) else { return nil }
                (first, message) = whole
                range = ByteRange(offset: 0, count: message.count)
            } else {
                (first, range, message) = (opened.innerType, opened.plaintext, datagram)
            }
        }
        do throws(MessageFault) {
            let contents = try decode(first, range, message, header, isRequest: isRequest, &turn)
            noteIntermediate(header, first, message.bytes(at: range))
            return contents
        } catch {
            refuse(header, error, isRequest: isRequest, on: path, &turn)
            return nil
        }
    }

    /// AUTH will vouch for what the peer said in IKE_INTERMEDIATE (RFC 9242 §3.3.2).
    private func noteIntermediate(_ header: IKEHeader, _ first: PayloadType, _ payloads: @autoclosure () -> [UInt8]) {
        guard header.exchange == .ikeIntermediate, let keys else { return }
        // Should libcrypto fail here, the transcript lacks this message, and AUTH does not fit.
        try? handshake?.intermediate.append(
            header, first: first, payloads: payloads(), key: keys.skPRemote, prf: keys.prf, crypto: environment.crypto)
    }

    private func decode(
        _ first: PayloadType, _ range: ByteRange, _ message: [UInt8], _ header: IKEHeader, isRequest: Bool,
        _ turn: inout Turn
    ) throws(MessageFault) -> MessageContents {
        let payloads: [PayloadView]
        do throws(CodecError) {
            payloads = try PayloadChain.parse(first: first, range: range, in: message.span.bytes)
        } catch {
            throw .syntax(first, error)
        }
        try ExchangeRules.check(payloads, exchange: header.exchange, isResponse: !isRequest)
        let contents = try MessageContents(payloads, in: message.span.bytes)
        log(&turn, .enc) {
            "parsed \(header.exchange) \(isRequest ? "request" : "response") \(header.messageID) \(MessageContents.bracketed(contents.summary))"
        }
        return contents
    }

    private func open(_ header: IKEHeader, _ datagram: inout [UInt8], _ turn: inout Turn) -> MessageOpener.Opened? {
        guard let keys else {
            ignore(header, &turn)
            return nil
        }
        do {
            return try MessageOpener(crypto: environment.crypto, keys: keys).open(header, &datagram)
        } catch {
            log(&turn, .enc) { "\(header.exchange) message with ID \(header.messageID) is not authentic: \(error)" }
            count(&turn, .invalid)
            return nil
        }
    }

    private func collect(
        _ fragment: EncryptedFragmentHeader, _ opened: MessageOpener.Opened, _ header: IKEHeader, _ datagram: [UInt8],
        _ turn: inout Turn
    ) -> (PayloadType, [UInt8])? {
        let outcome = reassembly[header.isResponse].add(
            fragment, messageID: header.messageID, innerType: opened.innerType,
            bytes: datagram.bytes(at: opened.plaintext), limit: environment.settings.maxPacket)
        switch outcome {
        case .complete(let first, let bytes):
            log(&turn, .enc) { "received fragment #\(fragment.number) of \(fragment.total), reassembled \(bytes.count) bytes" }
            return (first, bytes)
        case .incomplete:
            log(&turn, .enc) { "received fragment #\(fragment.number) of \(fragment.total), waiting for complete IKE message" }
        case .duplicate:
            log(&turn, .enc, 2) { "received duplicate fragment #\(fragment.number)" }
        case .tooLarge:
            log(&turn, .enc) { "fragmented message is larger than max_packet, dropped" }
            count(&turn, .invalid)
        case .refused:
            log(&turn, .enc) { "fragment #\(fragment.number) of \(fragment.total) is empty or one of too many, dropped" }
            count(&turn, .invalid)
        }
        return nil
    }

    /// An authentic message with bad contents: the error goes back, and syntax errors end the IKE_SA on both sides
    /// without a further message (RFC 7296 §2.21.3).
    private func refuse(
        _ header: IKEHeader, _ fault: MessageFault, isRequest: Bool, on path: Path, _ turn: inout Turn
    ) {
        log(&turn, .ike) { "\(header.exchange) \(isRequest ? "request" : "response") refused: \(fault)" }
        count(&turn, .invalid)
        alert(&turn, "parse-error-body", "\(fault)")
        guard isRequest else {
            // An unprotected response may come from anybody; the true one may still arrive.
            if !isPlain(header.exchange) { abandonAfterBadResponse(header, reason: "\(fault)", &turn) }
            return
        }
        var reply = Reply()
        if case .unsupportedCriticalPayload(let type) = fault {
            reply.refuse(.unsupportedCriticalPayload, data: [type.rawValue])
            if state == .connecting { reply.closing = "\(fault)" }
        } else {
            reply.refuse(.invalidSyntax)
            reply.closing = "\(fault)"
        }
        send(reply, header, on: path, &turn)
        finishReply(reply, &turn)
    }

    /// A response that only the peer can have sent makes no sense: whatever it did, it is to forget it
    /// (RFC 7296 §2.21.2, §2.21.3).
    private func abandonAfterBadResponse(_ header: IKEHeader, reason: String, _ turn: inout Turn) {
        guard isEstablished || header.exchange == .ikeAuth, let exchange = active, !(exchange is RefuseAuthExchange) else {
            return destroy(reason: reason, &turn)
        }
        timers.cancel(.retransmit)
        requests.answered()
        active = nil
        exchange.abandon(self, reason: reason, &turn)
        if isEstablished {
            close(&turn)
        } else {
            enqueue(RefuseAuthExchange(reason: reason, commands: []), &turn)
        }
    }

    func isPlain(_ exchange: ExchangeType) -> Bool { exchange == .ikeSAInit }

    private func ignore(_ header: IKEHeader, _ turn: inout Turn) {
        log(&turn, .ike, 2) {
            "ignored \(header.exchange) \(header.isResponse ? "response" : "request") \(header.messageID)"
        }
        count(&turn, .invalid)
    }

    private func countRequest(_ exchange: ExchangeType, _ turn: inout Turn) {
        switch exchange {
        case .ikeAuth: count(&turn, .ikeAuthInReq)
        case .createChildSA: count(&turn, .createChildInReq)
        case .informational: count(&turn, .infoInReq)
        default: break
        }
    }

    /// The peer is alive, and perhaps behind a translator that gave it another port.
    private func noteAuthentic(_ path: Path, _ turn: inout Turn) {
        lastReceived = turn.now
        takeOverAfterMessage(&turn)
        guard path != self.path, isEstablished else { return }
        // With MOBIKE, only the initiator's UPDATE_SA_ADDRESSES moves the SA (RFC 4555 §3.8); without, a peer behind a
        // translator is followed (RFC 7296 §2.23).
        guard !capabilities.contains(.mobike), natRemote, !natLocal, path.local == self.path.local else { return }
        move(to: path, &turn)
    }
}

extension IKEHeader {
    /// Whether a request that was answered already calls for the response again: of a fragmented one, only the first
    /// fragment does (RFC 7383 §2.6.1).
    package func callsForResponse(_ datagram: [UInt8]) -> Bool {
        guard nextPayload == .encryptedFragment, datagram.count > 33 else { return true }
        return datagram[32] == 0 && datagram[33] == 1
    }
}
