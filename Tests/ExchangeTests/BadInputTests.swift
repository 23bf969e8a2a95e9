import CryptoInterface
import IKECodec
@testable import IKEEngine
import IKESA
@testable import IKEv2
import IPsecModel
import SimulatedNetwork
import Testing
import Wire

@Suite("Bad input")
struct BadInputTests {
    private static let outside = Endpoint(IPAddress(v4: 0xcb00_7107), 500)

    @Test("garbage on both ports changes nothing and is counted", arguments: [500, 4500] as [UInt16])
    func garbage(_ port: UInt16) {
        let pair = Pair()
        pair.establish()
        let before = state(of: pair.sun)
        var generator = SeededGenerator(seed: 3)
        for length in 2..<300 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            pair.network.inject(bytes, from: Self.outside, to: Endpoint(pair.sun.address, port))
        }
        pair.runUntilQuiet()
        #expect(state(of: pair.sun) == before)
        #expect(pair.sun.count(.invalid) + pair.sun.count(.invalidSPI) == 298)
        #expect(pair.problems == [])
    }

    @Test("every octet of a message turned over once: the exchange ends as if it had been lost")
    func corrupted() {
        for offset in stride(from: 0, to: 200, by: 3) {
            for message in 0..<4 {
                let pair = Pair()
                pair.network.resetFaults([message: .corrupt(offset: offset)])
                pair.initiate(by: pair.moon)
                pair.settle()
                // An IKE_SA_INIT message is not protected: it may end the try, but leaves nothing.
                #expect(pair.problems == [], "message \(message), octet \(offset)")
                if message >= 2 { #expect(pair.moon.liveChildren.count == 1, "message \(message), octet \(offset)") }
            }
        }
    }

    @Test("every prefix of every message of a set-up changes nothing")
    func prefixes() {
        let pair = Pair()
        pair.network.holds = { _ in true }
        pair.initiate(by: pair.moon)
        for _ in 0..<4 {
            guard let packet = pair.network.held.first else { break }
            for length in stride(from: 0, to: packet.bytes.count, by: 5) {
                pair.network.inject(
                    Array(packet.bytes.prefix(length)), from: packet.source, to: packet.destination)
            }
            pair.network.runUntilQuiet()
            pair.network.release()
            pair.network.runUntilQuiet()
        }
        pair.network.holds = nil
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.count == 1)
    }

    @Test("a stranger's copies of all messages reach nobody else")
    func replayed() {
        let pair = Pair()
        var copies: [Packet] = []
        pair.network.holds = { copies.append($0); return false }
        pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        pair.rekeyChild(by: pair.moon)
        pair.runUntilQuiet()
        pair.network.holds = nil
        let before = pair.hosts.map(state)
        for copy in copies where copy.header?.exchange != .ikeSAInit {
            pair.network.inject(copy.bytes, from: Self.outside, to: copy.destination)
        }
        pair.runUntilQuiet()
        #expect(pair.hosts.map(state) == before)
        #expect(pair.moon.ikeSAs[0].path.remote.address == pair.sun.address)
        pair.settle()
        #expect(pair.problems == [])
    }

    @Test("a higher major version gets INVALID_MAJOR_VERSION, a lower one silence", arguments: [(3, 1), (1, 0)] as [(UInt8, Int)])
    func majorVersion(version: UInt8, answers: Int) {
        let pair = Pair()
        var header = IKEHeader(
            initiatorSPI: IKESPI(rawValue: 5), responderSPI: .none, exchange: .ikeSAInit, flags: .initiator,
            messageID: 0)
        header.majorVersion = version
        pair.network.inject(
            UnprotectedMessage.bytes(header, PayloadWriter()), from: Endpoint(pair.moon.address, 500),
            to: Endpoint(pair.sun.address, 500))
        pair.runUntilQuiet()
        #expect(pair.network.transmitted == answers)
        #expect(pair.sun.ikeSAs.isEmpty)
    }

    // HDR, unknown critical payload  →
    //                                ←  HDR, N(UNSUPPORTED_CRITICAL_PAYLOAD)
    @Test("an unknown critical payload in IKE_SA_INIT is named, and no state is kept")
    func criticalInit() {
        let pair = Pair()
        var message = PayloadWriter()
        message.add(PayloadType(rawValue: 200), critical: true) { $0.append([1, 2, 3]) }
        let header = IKEHeader(
            initiatorSPI: IKESPI(rawValue: 5), responderSPI: .none, exchange: .ikeSAInit, flags: .initiator,
            messageID: 0)
        pair.network.inject(
            UnprotectedMessage.bytes(header, message), from: Endpoint(pair.moon.address, 500),
            to: Endpoint(pair.sun.address, 500))
        pair.runUntilQuiet()
        #expect(pair.network.transmitted == 1)
        #expect(pair.sun.ikeSAs.isEmpty)
    }

    @Test("an unknown critical payload in an authentic request is named, and the IKE_SA stays (RFC 7296 §2.5)")
    func criticalAuthentic() {
        let pair = Pair()
        pair.establish()
        var message = PayloadWriter()
        message.add(PayloadType(rawValue: 200), critical: true) { $0.append([1, 2, 3]) }
        send(message, .informational, from: pair.moon, pair)
        #expect(pair.sun.count(.infoOutResp) == 1)
        #expect(pair.sun.ikeSAs.count == 1)
        #expect(pair.sun.alerts("parse-error-body") == 1)
    }

    @Test("an unknown payload that is not critical is skipped (RFC 7296 §2.5)")
    func notCritical() {
        let pair = Pair()
        pair.establish()
        var message = PayloadWriter()
        message.add(PayloadType(rawValue: 200)) { $0.append([1, 2, 3]) }
        send(message, .informational, from: pair.moon, pair)
        #expect(pair.sun.count(.infoOutResp) == 1)
        #expect(pair.sun.count(.invalid) == 0)
        #expect(pair.sun.ikeSAs.count == 1)
    }

    // HDR, SK { malformed }  →
    //                        ←  HDR, SK { N(INVALID_SYNTAX) }
    @Test("an authentic request that is malformed gets INVALID_SYNTAX and ends the IKE_SA (RFC 7296 §2.21.3)", arguments: [
        PayloadType.delete, .securityAssociation, .notify, .trafficSelectorInitiator,
    ])
    func malformed(_ type: PayloadType) {
        let pair = Pair()
        pair.establish()
        var message = PayloadWriter()
        message.add(type) { $0.append([0xff]) }
        send(message, type == .delete || type == .notify ? .informational : .createChildSA, from: pair.moon, pair)
        #expect(pair.sun.ikeSAs.isEmpty)
        #expect(pair.sun.kernel.states.isEmpty && pair.sun.kernel.policies.isEmpty)
        #expect(pair.sun.alerts("parse-error-body") == 1)
    }

    @Test("a rekeying of a CHILD_SA with an SPI that nobody has gets CHILD_SA_NOT_FOUND and changes nothing")
    func unknownChild() {
        let pair = Pair()
        pair.establish()
        let before = state(of: pair.sun)
        var message = PayloadWriter()
        let notify = NotifyPayload(.rekeySA, protocolID: .esp, spi: [1, 2, 3, 4])
        message.add(.notify) { notify.write(to: &$0) }
        message.add(.securityAssociation) { writer in
            var proposal = Sample.espProposal()
            proposal.number = 1
            proposal.spi = [9, 9, 9, 9]
            SAPayload([proposal]).write(to: &writer)
        }
        message.add(.nonce) { $0.append([UInt8](repeating: 1, count: 32)) }
        message.add(.trafficSelectorInitiator) { TSPayload([SampleHost.moon.network]).write(to: &$0) }
        message.add(.trafficSelectorResponder) { TSPayload([SampleHost.sun.network]).write(to: &$0) }
        send(message, .createChildSA, from: pair.moon, pair)
        #expect(state(of: pair.sun) == before)
        #expect(pair.sun.count(.createChildOutResp) == 1)
    }

    // HDR, SK { }  →
    //              ←  HDR, SK { N(INVALID_SYNTAX) }
    @Test("before IKE_AUTH nothing else is answered but with INVALID_SYNTAX, which ends the IKE_SA", arguments: [
        ExchangeType.informational, .createChildSA, .ikeFollowupKE, ExchangeType(rawValue: 240),
    ])
    func beforeAuthentication(_ exchange: ExchangeType) {
        let pair = Pair()
        pair.network.holds = { $0.header?.exchange == .ikeAuth }
        pair.initiate(by: pair.moon)
        pair.network.runUntilQuiet()
        #expect(pair.sun.ikeSAs.map(\.state) == ["CONNECTING"])
        var message = PayloadWriter()
        if exchange == .createChildSA {
            message.add(.securityAssociation) { SAPayload([Sample.ikeProposal()]).write(to: &$0) }
            message.add(.nonce) { $0.append([UInt8](repeating: 1, count: 32)) }
        }
        // The number that the held IKE_AUTH request has.
        send(message, exchange, from: pair.moon, pair)
        #expect(pair.sun.ikeSAs.isEmpty)
        #expect(pair.sun.count(.invalid) == 1)
    }

    @Test("a message ID outside of the window is counted and not answered", arguments: [0, 7, .max] as [MessageID])
    func outsideOfTheWindow(_ messageID: MessageID) {
        let pair = Pair()
        pair.establish()
        pair.rekeyChild(by: pair.moon)
        pair.runUntilQuiet()
        let before = state(of: pair.sun)
        let sent = pair.network.transmitted
        send(PayloadWriter(), .informational, from: pair.moon, messageID: messageID, pair)
        #expect(state(of: pair.sun) == before)
        #expect(pair.sun.count(.invalid) == 1)
        #expect(pair.network.transmitted == sent)
    }

    @Test("a message under the number of the last request, but of another exchange, is no copy of it")
    func otherExchangeUnderTheLastNumber() {
        let pair = Pair()
        pair.network.holds = { $0.header?.exchange == .ikeAuth }
        pair.initiate(by: pair.moon)
        pair.network.runUntilQuiet()
        let sent = pair.network.transmitted
        send(PayloadWriter(), .informational, from: pair.moon, messageID: 0, pair)
        #expect(pair.network.transmitted == sent)
        #expect(pair.sun.count(.invalid) == 1)
        pair.network.holds = nil
        pair.network.release()
        pair.settle()
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.problems == [])
    }

    @Test("an exchange that has no place in an IKE_SA gets INVALID_SYNTAX and ends it on both sides", arguments: [
        ExchangeType.ikeAuth, .ikeIntermediate, ExchangeType(rawValue: 240),
    ])
    func exchangeWithoutPlace(_ exchange: ExchangeType) {
        let pair = Pair()
        pair.establish()
        send(PayloadWriter(), exchange, from: pair.moon, pair)
        #expect(pair.sun.ikeSAs.isEmpty)
        #expect(pair.sun.kernel.states.isEmpty && pair.sun.kernel.policies.isEmpty)
        #expect(pair.sun.count(.invalid) == 1)
    }

    /// What must not change: IKE_SAs, CHILD_SAs and everything in the kernel.
    private func state(of host: SimulatedHost) -> [String] {
        host.ikeSAs.map { "\($0.initiatorSPI) \($0.responderSPI) \($0.state) \($0.path)" }
            + host.children.map { "\($0.spiIn) \($0.spiOut) \($0.state)" }
            + host.kernel.states.keys.map { "\($0)" }.sorted() + ["\(host.kernel.policies.count)"]
    }

    /// Sends a request that only a peer could have sent.
    private func send(
        _ payloads: PayloadWriter, _ exchange: ExchangeType, from host: SimulatedHost, messageID: MessageID? = nil,
        _ pair: Pair
    ) {
        guard let sa = host.engine.table.all.first, let keys = sa.keys else { return }
        var counter: UInt64 = 1000
        let header = IKEHeader(
            initiatorSPI: sa.initiatorSPI, responderSPI: sa.responderSPI, exchange: exchange,
            flags: sa.isInitiator ? .initiator : [], messageID: messageID ?? sa.requests.nextID)
        let sealed = try? MessageSealer(crypto: host.crypto, keys: keys)
            .seal(header, payloads, fragmentSize: nil, ivCounter: &counter)
        for datagram in sealed ?? [] { pair.network.inject(datagram, from: sa.path.local, to: sa.path.remote) }
        pair.runUntilQuiet()
    }
}
