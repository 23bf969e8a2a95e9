import CryptoInterface
import IKECodec
package import IKESA
import IPsecModel
import Wire

// From payloads to datagrams, and the retransmission of requests (RFC 7296 §2.1).

extension IKEv2SA {
    /// Starts the next exchange in the queue, if none is under way.
    package func initiateNext(_ turn: inout Turn) {
        while requests.isFree, active == nil, state != .destroying, !isBeingReplaced, !queue.isEmpty {
            let exchange = queue.removeFirst()
            var message = PayloadWriter()
            active = exchange
            guard exchange.build(self, &message, &turn) else {
                if active === exchange { active = nil }
                continue
            }
            request(exchange, message, &turn)
        }
    }

    /// Puts an exchange into the queue and starts it if nothing else is under way.
    func enqueue(_ exchange: any Exchange, _ turn: inout Turn) {
        queue.append(exchange)
        initiateNext(&turn)
    }

    private func request(_ exchange: any Exchange, _ message: PayloadWriter, _ turn: inout Turn) {
        let header = IKEHeader(
            initiatorSPI: initiatorSPI, responderSPI: responderSPI, exchange: exchange.type,
            flags: isInitiator ? .initiator : [], messageID: requests.nextID)
        log(&turn, .enc) { "generating \(exchange.type) request \(header.messageID) \(MessageContents.bracketed(message.summary))" }
        guard let datagrams = seal(header, message, &turn) else {
            exchange.abandon(self, reason: "the \(exchange.type) request cannot be encrypted", &turn)
            return destroy(reason: "the \(exchange.type) request cannot be encrypted", &turn)
        }
        requests.sent(exchange.type, datagrams, messageID: header.messageID)
        exchange.sent(datagrams, self)
        countOut(exchange.type, isResponse: false, &turn)
        transmit(datagrams, &turn)
        armRetransmission(afterAttempt: 0, &turn)
    }

    func send(_ reply: Reply, _ request: IKEHeader, on path: Path, _ turn: inout Turn) {
        var flags: IKEHeader.Flags = .response
        if isInitiator { flags.insert(.initiator) }
        let header = IKEHeader(
            initiatorSPI: initiatorSPI, responderSPI: responderSPI, exchange: request.exchange, flags: flags,
            messageID: request.messageID)
        log(&turn, .enc) { "generating \(header.exchange) response \(header.messageID) \(MessageContents.bracketed(reply.message.summary))" }
        guard let datagrams = seal(header, reply.message, &turn) else { return }
        responses.answered(header.exchange, with: datagrams)
        countOut(header.exchange, isResponse: true, &turn)
        lastSent = turn.now
        for datagram in datagrams { transmit(datagram, on: path, &turn) }
    }

    private func seal(_ header: IKEHeader, _ message: PayloadWriter, _ turn: inout Turn) -> [[UInt8]]? {
        guard !isPlain(header.exchange), let keys else { return [UnprotectedMessage.bytes(header, message)] }
        do {
            if header.exchange == .ikeIntermediate {
                try handshake?.intermediate.append(
                    header, first: message.first, payloads: message.bytes, key: keys.skPLocal, prf: keys.prf,
                    crypto: environment.crypto)
            }
            return try MessageSealer(crypto: environment.crypto, keys: keys)
                .seal(header, message, fragmentSize: fragmentSize, ivCounter: &ivCounter)
        } catch {
            log(&turn, .enc) { "encrypting \(header.exchange) failed: \(error)" }
            return nil
        }
    }

    /// Octets of IKE data in a fragment; `nil` where the peer takes none (RFC 7383 §2.3).
    private var fragmentSize: Int? {
        guard capabilities.contains(.fragmentation), peer.fragmentation == .yes || peer.fragmentation == .force else {
            return nil
        }
        let settings = environment.settings
        // IP and UDP headers, and the non-ESP marker.
        return path.remote.address.family == .v4 ? settings.fragmentSizeV4 - 32 : settings.fragmentSizeV6 - 52
    }

    func transmit(_ datagrams: [[UInt8]], _ turn: inout Turn) {
        lastSent = turn.now
        for datagram in datagrams { transmit(datagram, on: path, &turn) }
    }

    private func transmit(_ datagram: [UInt8], on path: Path, _ turn: inout Turn) {
        log(&turn, .net) { "sending packet: from \(path.local) to \(path.remote) (\(datagram.count) bytes)" }
        turn.effects.transmit(datagram, on: path, dscp: peer.dscp)
    }

    // MARK: Retransmission

    private func armRetransmission(afterAttempt attempt: Int, _ turn: inout Turn) {
        let environment = environment
        let policy = RetransmitPolicy(environment.settings)
        guard let delay = policy.delay(afterAttempt: attempt, random: { environment.random(upTo: $0) }) else { return }
        timers.set(.retransmit, at: turn.now + delay)
    }

    func retransmissionTimedOut(_ turn: inout Turn) {
        switch requests.timedOut(tries: environment.settings.retransmitTries) {
        case .nothing:
            return
        case .resend(let datagrams, let attempt):
            let messageID = requests.outstanding?.messageID ?? 0
            log(&turn, .ike) { "retransmit \(attempt) of request with message ID \(messageID)" }
            alert(&turn, "retransmit-send", "retransmit \(attempt) of request with message ID \(messageID)")
            retransmit(datagrams, attempt: attempt, &turn)
            armRetransmission(afterAttempt: attempt, &turn)
        case .giveUp(let attempts):
            log(&turn, .ike) { "giving up after \(attempts) retransmits" }
            alert(&turn, "retransmit-send-timeout", "giving up after \(attempts) retransmits")
            peerIsSilent(&turn)
        }
    }

    private func retransmit(_ datagrams: [[UInt8]], attempt: Int, _ turn: inout Turn) {
        lastSent = turn.now
        for candidate in retransmissionPaths(attempt: attempt) {
            if candidate != path { log(&turn, .ike) { "checking path \(candidate.local) - \(candidate.remote)" } }
            for datagram in datagrams { transmit(datagram, on: candidate, &turn) }
        }
    }

    private func countOut(_ exchange: ExchangeType, isResponse: Bool, _ turn: inout Turn) {
        switch (exchange, isResponse) {
        case (.ikeSAInit, false): count(&turn, .ikeInitOutReq)
        case (.ikeSAInit, true): count(&turn, .ikeInitOutResp)
        case (.ikeAuth, false): count(&turn, .ikeAuthOutReq)
        case (.ikeAuth, true): count(&turn, .ikeAuthOutResp)
        case (.createChildSA, false): count(&turn, .createChildOutReq)
        case (.createChildSA, true): count(&turn, .createChildOutResp)
        case (.informational, false): count(&turn, .infoOutReq)
        case (.informational, true): count(&turn, .infoOutResp)
        default: break
        }
    }
}
