import CryptoInterface
import IKECodec
@testable import IKEEngine
import IKESA
@testable import IKEv2
import IPsecModel
import SimulatedNetwork
import Testing
import Wire

/// Anybody who sees the request can answer IKE_SA_INIT (RFC 7296 §2.21.1).
@Suite("Unprotected answers to IKE_SA_INIT")
struct UnprotectedAnswerTests {
    /// Answers that end the try, if the peer has sent them.
    static let refusals: [NotifyPayload] = [
        NotifyPayload(.noProposalChosen), NotifyPayload(.invalidSyntax), NotifyPayload(.authenticationFailed),
        NotifyPayload(.invalidMajorVersion), NotifyPayload(.unsupportedCriticalPayload, data: [33]),
        NotifyPayload(.invalidKEPayload, data: [0, 2]), NotifyPayload(.invalidKEPayload, data: [0xff, 0xff]),
        NotifyPayload(.cookie), NotifyPayload(.cookie, data: [UInt8](repeating: 1, count: 65)),
    ]

    // HDR, SAi1, KEi, Ni  →
    //                     ←  HDR, N(…)               (forged)
    //                     ←  HDR, SAr1, KEr, Nr
    @Test("a forged refusal does not keep the true answer from being heard", arguments: refusals)
    func forged(_ notify: NotifyPayload) {
        let pair = Pair()
        answer(notify, pair)
        pair.network.holds = nil
        pair.network.release()
        pair.settle()
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.problems == [])
    }

    @Test("a refusal is believed when no other answer comes within a second", arguments: refusals)
    func believed(_ notify: NotifyPayload) {
        let pair = Pair()
        let command = answer(notify, pair)
        pair.network.advance(by: .milliseconds(900))
        #expect(pair.moon.outcomes[command] == nil)
        pair.network.advance(by: .milliseconds(100))
        guard case .failure? = pair.moon.outcomes[command]?.first else {
            Issue.record("the command did not fail")
            return
        }
        #expect(pair.moon.ikeSAs.isEmpty)
    }

    // HDR, SAi1, KEi, Ni  →
    //                     ←  HDR, SAr1, KEr (of small order), Nr      (forged)
    //                     ←  HDR, SAr1, KEr, Nr
    @Test("a forged answer that cannot be agreed with leaves nothing behind")
    func unusable() {
        let pair = Pair()
        pair.network.holds = { $0.header?.isResponse == true }
        pair.initiate(by: pair.moon)
        pair.network.runUntilQuiet()
        guard let genuine = pair.network.held.first, var header = genuine.header else {
            Issue.record("no answer")
            return
        }
        var message = PayloadWriter()
        var proposal = Sample.ikeProposal()
        proposal.number = 1
        message.add(.securityAssociation) { SAPayload([proposal]).write(to: &$0) }
        message.add(.keyExchange) { KEPayload(method: .curve25519, publicValue: [1, 2, 3]).write(to: &$0) }
        message.add(.nonce) { $0.append([UInt8](repeating: 1, count: 32)) }
        header.responderSPI = IKESPI(rawValue: 99)
        pair.network.holds = nil
        pair.network.inject(UnprotectedMessage.bytes(header, message), from: genuine.source, to: genuine.destination)
        pair.network.deliverNext()
        #expect(pair.moon.ikeSAs.first?.responderSPI.isZero == true)
        pair.network.release()
        pair.settle()
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.problems == [])
    }

    @Test("cookies without end are followed eight times")
    func cookies() {
        let pair = Pair()
        pair.network.holds = { $0.header?.isResponse == true && $0.header?.exchange == .ikeSAInit }
        pair.initiate(by: pair.moon)
        pair.network.runUntilQuiet()
        for round in 0..<20 as Range<UInt8> {
            guard let header = pair.network.held.last?.header, let packet = pair.network.held.last else { break }
            var message = PayloadWriter()
            message.add(.notify) { NotifyPayload(.cookie, data: [round]).write(to: &$0) }
            let held = pair.network.holds
            pair.network.holds = nil
            pair.network.inject(UnprotectedMessage.bytes(header, message), from: packet.source, to: packet.destination)
            pair.network.holds = held
            pair.network.deliverNext()
        }
        #expect(pair.moon.count(.ikeInitOutReq) == 9)
        pair.network.dropHeld()
        pair.network.advance(by: .seconds(1))
        #expect(pair.moon.ikeSAs.isEmpty)
    }

    /// Moon's request is answered by somebody, while sun's answer is held back.
    @discardableResult
    private func answer(_ notify: NotifyPayload, _ pair: Pair) -> CommandID {
        pair.network.holds = { $0.header?.isResponse == true }
        let command = pair.initiate(by: pair.moon)
        pair.network.runUntilQuiet()
        guard let packet = pair.network.held.first, var header = packet.header else { return command }
        header.responderSPI = .none
        header.nextPayload = .none
        var message = PayloadWriter()
        message.add(.notify) { notify.write(to: &$0) }
        pair.network.holds = nil
        pair.network.inject(UnprotectedMessage.bytes(header, message), from: packet.source, to: packet.destination)
        pair.network.deliverNext()
        return command
    }
}
