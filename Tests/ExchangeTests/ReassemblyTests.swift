import IKECodec
@testable import IKEv2
import IPsecModel
import Testing

@Suite("Reassembly of fragments (RFC 7383 §2.6)")
struct ReassemblyTests {
    private func add(
        _ number: UInt16, of total: UInt16, _ bytes: [UInt8], id: MessageID = 1, to one: inout FragmentReassembler
    ) -> FragmentReassembler.Outcome {
        one.add(
            EncryptedFragmentHeader(number: number, total: total), messageID: id, innerType: .nonce, bytes: bytes,
            limit: 100)
    }

    @Test("a request and a response of the same number are put together apart")
    func bothDirections() {
        var both = Reassembly()
        #expect(add(1, of: 2, [1], to: &both[false]) == .incomplete)
        #expect(add(1, of: 2, [11], to: &both[true]) == .incomplete)
        #expect(add(2, of: 2, [2], to: &both[false]) == .complete(first: .nonce, bytes: [1, 2]))
        #expect(add(2, of: 2, [12], to: &both[true]) == .complete(first: .nonce, bytes: [11, 12]))
    }

    @Test("fragments without content cannot fill the memory")
    func empty() {
        var one = FragmentReassembler()
        for number in 1...255 as ClosedRange<UInt16> {
            #expect(add(number, of: 255, [], to: &one) == .refused)
        }
    }

    @Test("a message in more fragments than one of ours may have is refused", arguments: [256, 65535] as [UInt16])
    func tooMany(_ total: UInt16) {
        var one = FragmentReassembler()
        #expect(add(1, of: total, [1], to: &one) == .refused)
    }

    @Test("a cut into more and smaller pieces takes the place of the one before; a coarser one does not")
    func twoCuts() {
        var one = FragmentReassembler()
        #expect(add(1, of: 2, [1, 2], to: &one) == .incomplete)
        #expect(add(1, of: 3, [1], to: &one) == .incomplete)
        #expect(add(2, of: 2, [3, 4], to: &one) == .duplicate)
        #expect(add(2, of: 3, [2], to: &one) == .incomplete)
        #expect(add(3, of: 3, [3], to: &one) == .complete(first: .nonce, bytes: [1, 2, 3]))
    }

    @Test("what grows beyond max_packet is dropped as a whole")
    func tooLarge() {
        var one = FragmentReassembler()
        #expect(add(1, of: 3, [UInt8](repeating: 1, count: 60), to: &one) == .incomplete)
        #expect(add(2, of: 3, [UInt8](repeating: 1, count: 60), to: &one) == .tooLarge)
        #expect(add(3, of: 3, [1], to: &one) == .incomplete)
    }
}
