import CryptoInterface
import IKECodec
package import IKESA
package import IKEv2
package import IPsecModel
import Wire

/// All IKE_SAs of one shard: takes datagrams, kernel events, commands and the passing of time, and appends what is to
/// be done to the caller's ``Effects``. It does no I/O, reads no clock and is used from one thread.
package final class Engine {
    package let environment: CoreEnvironment

    var table = SATable()
    var halfOpen = HalfOpenTable()
    var farewells = Farewells()
    var timers = TimerQueue()
    var traps = TrapTable()
    var groups = CommandGroups()
    var roaming = Roaming()
    /// Attached networks that have a pass policy.
    var bypassed: [TrafficSelector] = []
    let cookies: CookieGuard

    package var reqids: ReqidTable
    package var marks = UniqueMarks()
    private var lastIKEID: UInt32 = 0
    private var lastChildID: UInt32 = 0

    /// SAs that this input has changed, to be looked at when it is done.
    private var touched: [IKEv2SA] = []

    // Configuration; see Engine+Connections.
    var configured = ConfiguredConnections()
    var resolutions = Resolutions()
    /// Interfaces that configurations hold; see Engine+Interfaces.
    var heldInterfaces: [TrapTable.Key: String] = [:]
    /// What happens when an IKE_SA is established or gone; see Engine+Reauthentication.
    var successions = Successions()

    package init(environment: CoreEnvironment) {
        self.environment = environment
        reqids = ReqidTable(base: environment.settings.reqidBase)
        cookies = CookieGuard(environment.crypto)
    }

    // MARK: Turns

    /// Runs one input and hands its effects over, with every command completed at most once.
    func turn(at now: Instant, into effects: inout Effects, _ body: (inout Turn) -> Void) {
        var turn = Turn(now: now, effects: Effects(logLevels: effects.logLevels))
        body(&turn)
        settle(&turn)
        guard turn.effects.hasCompletions else { return effects.append(contentsOf: turn.effects) }
        for effect in turn.effects.drain() {
            if case .complete(let command, let outcome) = effect {
                if let whole = groups.finished(command, outcome) { effects.append(.complete(command, whole)) }
            } else {
                effects.append(effect)
            }
        }
    }

    /// Brings tables and timers up to date with what the input has changed; that may change further SAs.
    private func settle(_ turn: inout Turn) {
        while let sa = touched.popLast() {
            if sa.state == .destroying {
                forget(sa, &turn)
            } else {
                table.note(sa)
                if sa.establishedAt != nil { halfOpen.remove(sa.localSPI) }
                timers.schedule(sa.localSPI, at: sa.timers.earliest)
                endReplaced(by: sa, &turn)
            }
        }
    }

    private func forget(_ sa: IKEv2SA, _ turn: inout Turn) {
        guard table[sa.localSPI] === sa else { return }
        table.remove(sa)
        halfOpen.remove(sa.localSPI)
        timers.schedule(sa.localSPI, at: nil)
        beginAfter(sa, &turn)
    }

    package func touch(_ sa: IKEv2SA) {
        if !touched.contains(where: { $0 === sa }) { touched.append(sa) }
    }

    // MARK: Time

    /// When ``advance(to:into:)`` must be called next; `nil`: not before another input.
    package var nextDeadline: Instant? {
        [timers.next, successions.nextDeadline, roaming.deadline].compactMap { $0 }.min()
    }

    /// Fires every timer that is due.
    package func advance(to now: Instant, into effects: inout Effects) {
        while let spi = timers.popDue(at: now) {
            guard let sa = table[spi] else { continue }
            turn(at: now, into: &effects) { turn in
                touch(sa)
                sa.timersFired(&turn)
            }
        }
        if let addressesChanged = roaming.popDue(at: now) {
            turn(at: now, into: &effects) { turn in roam(addressesChanged: addressesChanged, &turn) }
        }
        while let (peer, child) = successions.popDueTrap(at: now) {
            turn(at: now, into: &effects) { turn in installTrapAgain(peer, child, &turn) }
        }
        while let initiation = successions.popDue(at: now) {
            turn(at: now, into: &effects) { turn in initiateAgain(initiation, &turn) }
        }
    }

    // MARK: Datagrams

    /// A datagram without the non-ESP marker. The bytes are decrypted in place.
    package func receive(_ datagram: inout [UInt8], on path: Path, at now: Instant, into effects: inout Effects) {
        turn(at: now, into: &effects) { turn in
            turn.effects.log(
                .net, 1, "received packet: from \(path.remote) to \(path.local) (\(datagram.count) bytes)")
            let header: IKEHeader
            do throws(CodecError) {
                header = try IKEHeader(datagram: datagram.span.bytes)
            } catch {
                return invalid("message header from \(path.remote) is malformed: \(error)", path, &turn)
            }
            guard header.majorVersion == 2 else { return foreignVersion(header, path, &turn) }
            dispatch(header, &datagram, path, &turn)
        }
    }

    /// A datagram that cannot be an IKE message, whatever it holds.
    package func dropped(_ reason: String, on path: Path, at now: Instant, into effects: inout Effects) {
        turn(at: now, into: &effects) { turn in invalid("dropped a packet from \(path.remote): \(reason)", path, &turn) }
    }

    private func dispatch(_ header: IKEHeader, _ datagram: inout [UInt8], _ path: Path, _ turn: inout Turn) {
        if header.exchange == .ikeSAInit, !header.isResponse {
            return firstMessage(header, &datagram, path, &turn)
        }
        let own = header.isFromInitiator ? header.responderSPI : header.initiatorSPI
        guard let sa = table[own], isPeer(header, of: sa) else {
            if header.callsForResponse(datagram), let last = farewells.response(to: header, own, at: turn.now) {
                turn.effects.log(
                    .ike, 1, "received retransmit of the last request of IKE_SA \(own), retransmitting response")
                for datagram in last.datagrams { turn.effects.transmit(datagram, on: path, dscp: last.dscp) }
                return
            }
            turn.effects.log(
                .ike, 1, "received \(header.exchange) \(header.isResponse ? "response" : "request") for unknown IKE_SA \(own)")
            turn.effects.append(.event(.counter(.invalidSPI, connection: nil)))
            return turn.effects.append(
                .event(.alert(Alert(kind: "invalid-ike-spi", text: "unknown IKE_SA \(own)", remote: path.remote))))
        }
        touch(sa)
        sa.receive(header, &datagram, on: path, &turn)
    }

    /// The other SPI must be the peer's; only the answer to our first message may bring a new one.
    private func isPeer(_ header: IKEHeader, of sa: IKEv2SA) -> Bool {
        let other = header.isFromInitiator ? header.initiatorSPI : header.responderSPI
        return other == sa.remoteSPI || sa.remoteSPI.isZero && header.exchange == .ikeSAInit
    }

    private func foreignVersion(_ header: IKEHeader, _ path: Path, _ turn: inout Turn) {
        turn.effects.log(
            .ike, 1,
            "\(path.remote) speaks IKE version \(header.majorVersion).\(header.minorVersion) (\(header.exchange)), only IKEv2 is supported")
        turn.effects.append(.event(.counter(.invalid, connection: nil)))
        guard header.majorVersion > 2, !header.isResponse else { return }
        answerUnprotected(header, NotifyPayload(.invalidMajorVersion), path, &turn)
    }

    func invalid(_ reason: String, _ path: Path, _ turn: inout Turn) {
        turn.effects.log(.net, 1, reason)
        turn.effects.append(.event(.counter(.invalid, connection: nil)))
        turn.effects.append(.event(.alert(Alert(kind: "parse-error-header", text: reason, remote: path.remote))))
    }

    /// A notify outside of any IKE_SA (RFC 7296 §1.5).
    func answerUnprotected(_ request: IKEHeader, _ notify: NotifyPayload, _ path: Path, _ turn: inout Turn) {
        var message = PayloadWriter(reserving: 64)
        message.add(.notify) { notify.write(to: &$0) }
        var flags: IKEHeader.Flags = .response
        if !request.isFromInitiator { flags.insert(.initiator) }
        let header = IKEHeader(
            initiatorSPI: request.initiatorSPI, responderSPI: request.responderSPI, exchange: request.exchange,
            flags: flags, messageID: request.messageID)
        turn.effects.log(.enc, 1, "generating \(header.exchange) response \(header.messageID) [ N(\(notify.type.shortName)) ]")
        turn.effects.transmit(UnprotectedMessage.bytes(header, message), on: path)
    }

    // MARK: Numbers

    package func takeIKEUniqueID() -> UInt32 {
        lastIKEID &+= 1
        return lastIKEID
    }

    package func takeChildUniqueID() -> UInt32 {
        lastChildID &+= 1
        return lastChildID
    }

    package func takeSPI() -> IKESPI {
        while true {
            let spi = IKESPI(rawValue: environment.randomUInt64())
            if !spi.isZero, !table.contains(spi) { return spi }
        }
    }

    // MARK: End

    /// Closes everything: deletes are sent once, kernel state is taken back at once.
    package func shutdown(at now: Instant, into effects: inout Effects) {
        turn(at: now, into: &effects) { turn in
            successions = Successions()
            configured = ConfiguredConnections()
            for sa in table.all.sorted(by: { $0.uniqueID < $1.uniqueID }) {
                touch(sa)
                sa.closeAtOnce(&turn)
            }
            for entry in Array(traps.entries.values) {
                uninstallTrap(peer: entry.peer.name, child: entry.child.name, &turn)
            }
        }
    }
}
