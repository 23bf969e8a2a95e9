@testable import IKEv2
import IPsecModel
import Testing

/// Each pair of selectors is three policies in the kernel (RFC 7296 §2.9 lets a responder narrow).
@Suite("How many traffic selectors a CHILD_SA may have")
struct SelectorBoundTests {
    private func hosts(_ count: Int) -> [TrafficSelector] {
        (0..<count).map { TrafficSelector(host: IPAddress(v4: 0x0a00_0000 + UInt32($0))) }
    }

    @Test("what an honest peer proposes stays as it is", arguments: [(1, 1), (255, 1), (1, 255), (32, 32), (4, 255)])
    func ordinary(_ local: Int, _ remote: Int) {
        let bounded = Selectors.bounded(hosts(local), hosts(remote))
        #expect(bounded.local.count == local && bounded.remote.count == remote)
    }

    @Test("more pairs than the limit are cut to the first ones of each side", arguments: [(255, 255), (40, 40), (5, 255)])
    func cut(_ local: Int, _ remote: Int) {
        let bounded = Selectors.bounded(hosts(local), hosts(remote))
        #expect(bounded.local.count * bounded.remote.count <= Selectors.mostPairs)
        #expect(bounded.local.count >= min(local, 4) && bounded.remote.count >= 32)
        #expect(bounded.local == Array(hosts(local).prefix(bounded.local.count)))
        #expect(bounded.remote == Array(hosts(remote).prefix(bounded.remote.count)))
    }
}
