import IKECodec
import IKESA
@testable import IKEv2
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Messages in fragments (RFC 7383)")
struct FragmentTests {
    private func pair() -> Pair { Pair(settings: { $1.fragmentSizeV4 = 160 }) }

    /// Number and total of a fragment, which stand in the clear.
    private func fragment(_ packet: Packet) -> (number: Int, total: Int)? {
        guard packet.header?.nextPayload == .encryptedFragment, packet.bytes.count > 35 else { return nil }
        return (Int(packet.bytes[32]) << 8 | Int(packet.bytes[33]), Int(packet.bytes[34]) << 8 | Int(packet.bytes[35]))
    }

    @Test("every fragment of a set-up and a rekeying lost, late or twice", arguments: Disturbance.each(of: 20))
    func disturbed(_ disturbance: Disturbance) {
        let pair = pair()
        disturbance.apply(to: pair)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        disturbance.apply(to: pair)
        pair.rekeyChild(by: pair.sun)
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.network.trace.contains { $0.contains("(fragment)") })
    }

    // Both rekey, in their first exchange after a rekeying of the IKE_SA:
    //
    //     ←  HDR, SKF { request 0, 1 of n }
    //     ←  HDR, SKF { response 0, 2 of n }
    //     ←  HDR, SKF { request 0, 2 of n } …
    @Test("fragments of a request and of a response with the same message ID are kept apart", arguments: [true, false])
    func sameMessageID(requestFirst: Bool) {
        let pair = pair()
        pair.establish()
        pair.rekeyIKE(by: pair.moon)
        pair.settle()
        pair.network.holds = { $0.sender == "sun" }
        pair.rekeyChild(by: pair.moon)
        pair.rekeyChild(by: pair.sun)
        pair.runUntilQuiet()
        #expect(Set(pair.network.held.compactMap { $0.header?.messageID }) == [0])
        #expect(Set(pair.network.held.map(\.isRequest)) == [true, false])
        #expect(pair.network.held.allSatisfy { fragment($0) != nil })
        // Each second fragment of the one after a first of the other.
        for number in 1...2 {
            for isRequest in [requestFirst, !requestFirst] {
                let wanted = isRequest == (number == 1) ? number : 3 - number
                pair.network.release { $0.isRequest == isRequest && fragment($0)?.number == wanted }
                pair.runUntilQuiet()
            }
        }
        pair.network.holds = nil
        pair.network.release()
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1 && pair.moon.count(.invalid) == 0)
    }

    @Test("of a request that comes again, the first fragment alone calls for the response")
    func retransmitted() {
        let pair = pair()
        pair.establish()
        var copies: [Packet] = []
        pair.network.holds = { packet in
            guard packet.sender == "moon", packet.isRequest else { return false }
            guard packet.header?.exchange == .createChildSA else { return true }
            copies.append(packet)
            return false
        }
        pair.rekeyChild(by: pair.moon)
        pair.runUntilQuiet()
        #expect(copies.count > 1)
        for packet in copies.reversed() {
            let before = pair.network.transmitted
            pair.network.inject(packet.bytes, from: packet.source, to: packet.destination)
            pair.runUntilQuiet()
            #expect((pair.network.transmitted > before) == (fragment(packet)?.number == 1))
        }
        pair.network.holds = nil
        pair.network.release()
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
    }

    @Test("fragment numbers that cannot be are ignored: nothing answers, nothing is kept", arguments: [(0, 2), (3, 2), (1, 0), (65535, 1)])
    func impossible(number: Int, total: Int) {
        let pair = pair()
        pair.establish()
        pair.network.holds = { _ in true }
        pair.rekeyChild(by: pair.moon)
        guard let first = pair.network.held.first else { return }
        pair.network.holds = nil
        var bytes = first.bytes
        bytes.replaceSubrange(32..<36, with: [UInt8(number >> 8), UInt8(number & 255), UInt8(total >> 8), UInt8(total & 255)])
        let before = pair.network.transmitted
        pair.network.inject(bytes, from: first.source, to: first.destination)
        pair.runUntilQuiet()
        #expect(pair.network.transmitted == before)
        #expect(pair.sun.count(.invalid) == 1)
        pair.network.release()
        #expect(pair.settleUnderTraffic() == [])
        #expect(pair.problems == [])
    }

    // MARK: Reassembly

    private func add(
        _ reassembler: inout FragmentReassembler, _ number: UInt16, of total: UInt16, _ bytes: [UInt8],
        messageID: MessageID = 7, limit: Int = 100
    ) -> FragmentReassembler.Outcome {
        reassembler.add(
            EncryptedFragmentHeader(number: number, total: total), messageID: messageID,
            innerType: number == 1 ? .securityAssociation : .none, bytes: bytes, limit: limit)
    }

    @Test("fragments make the message in any order, and the first alone names its first payload (RFC 7383 §2.5)")
    func order() {
        var reassembler = FragmentReassembler()
        #expect(add(&reassembler, 3, of: 3, [5]) == .incomplete)
        #expect(add(&reassembler, 1, of: 3, [1, 2]) == .incomplete)
        #expect(add(&reassembler, 1, of: 3, [9, 9]) == .duplicate)
        #expect(add(&reassembler, 2, of: 3, [3, 4]) == .complete(first: .securityAssociation, bytes: [1, 2, 3, 4, 5]))
        #expect(reassembler.isEmpty)
    }

    @Test("smaller pieces of the same message replace larger ones, and not the other way round (RFC 7383 §2.6)")
    func totals() {
        var reassembler = FragmentReassembler()
        #expect(add(&reassembler, 1, of: 2, [1]) == .incomplete)
        #expect(add(&reassembler, 1, of: 3, [1]) == .incomplete)
        #expect(add(&reassembler, 2, of: 2, [2]) == .duplicate)
        #expect(add(&reassembler, 2, of: 3, [2]) == .incomplete)
        #expect(add(&reassembler, 3, of: 3, [3]) == .complete(first: .securityAssociation, bytes: [1, 2, 3]))
    }

    @Test("another message forgets the pieces of the one before, and what grows beyond the limit is forgotten")
    func limits() {
        var reassembler = FragmentReassembler()
        #expect(add(&reassembler, 1, of: 2, [1], messageID: 6) == .incomplete)
        #expect(add(&reassembler, 2, of: 2, [2], messageID: 7) == .incomplete)
        #expect(add(&reassembler, 1, of: 2, [1], messageID: 7) == .complete(first: .securityAssociation, bytes: [1, 2]))
        #expect(add(&reassembler, 1, of: 2, [UInt8](repeating: 0, count: 60)) == .incomplete)
        #expect(add(&reassembler, 2, of: 2, [UInt8](repeating: 0, count: 60)) == .tooLarge)
        #expect(reassembler.isEmpty)
    }
}
