import IKESA
import SimulatedNetwork
import Testing

@Suite("Setting up an IKE_SA with its first CHILD_SA")
struct SetUpTests {
    // initiator                                  responder
    // HDR, SAi1, KEi, Ni                     →
    //                                        ←   HDR, SAr1, KEr, Nr
    // HDR, SK { IDi, IDr, AUTH, SA, TSi, TSr } →
    //                                        ←   HDR, SK { IDr, AUTH, SA, TSi, TSr }
    @Test("two messages each way bring up an IKE_SA and a CHILD_SA with pre-shared keys")
    func preSharedKey() {
        let pair = Pair()
        let command = pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.network.trace.count == 4)
        #expect(pair.moon.ikeSAs.map(\.state) == ["ESTABLISHED"])
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
        #expect(Consistency.problems(of: pair.moon, pair.sun) == [])
    }
}
