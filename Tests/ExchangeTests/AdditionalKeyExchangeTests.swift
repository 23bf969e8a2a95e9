import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Additional key exchanges of an IKE_SA")
struct AdditionalKeyExchangeTests {
    /// What is negotiated as ke1, ke2 and so on.
    static let methods: [[KeyExchangeMethod]] = [[.ecp256], [.ecp256, .modp3072], [.mlkem768]]

    private func pair(_ methods: [KeyExchangeMethod]) -> Pair {
        Pair { _, connection in
            connection.proposals = [Sample.ikeProposal(additional: methods.map { [$0] })]
        }
    }

    // HDR, SAi1, KEi(0), Ni, N(INTERMEDIATE_EXCHANGE_SUPPORTED)  →
    //                                                            ←  HDR, SAr1, KEr(0), Nr, N(INTERMEDIATE_…)
    // HDR, SK { KEi(1) }                                         →
    //                                                            ←  HDR, SK { KEr(1) }
    // HDR, SK { IDi, AUTH, … }                                   →
    @Test("each takes an IKE_INTERMEDIATE exchange, and the IKE_SA works", arguments: methods)
    func setUp(_ methods: [KeyExchangeMethod]) {
        let pair = pair(methods)
        let command = pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.moon.outcome(of: command) == .done)
        let fragments = methods.contains(.mlkem768) ? 2 : 0
        #expect(pair.network.transmitted == 4 + 2 * methods.count + fragments)
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
        #expect(pair.problems == [])
        let chosen = pair.sun.ikeSAs.first?.proposal?.transforms.filter { $0.type.rawValue >= 6 }.map(\.id)
        #expect(chosen == methods.map(\.rawValue))
    }

    @Test("each message lost, late or twice changes nothing", arguments: Disturbance.each(of: 8))
    func disturbed(_ disturbance: Disturbance) {
        let pair = pair([.ecp256, .modp3072])
        disturbance.apply(to: pair)
        let command = pair.initiate(by: pair.sun)
        pair.settle()
        #expect(pair.sun.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
    }

    @Test("each fragment lost, late or twice changes nothing", arguments: Disturbance.each(of: 8))
    func fragments(_ disturbance: Disturbance) {
        let pair = pair([.mlkem768])
        disturbance.apply(to: pair)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
    }

    @Test("a side that lists none as well can do without", arguments: [true, false])
    func optional(_ moonHasIt: Bool) {
        let pair = Pair { own, connection in
            let hasIt = (own.name == "moon") == moonHasIt
            connection.proposals = [Sample.ikeProposal(additional: hasIt ? [[.ecp256, .none]] : [])]
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.network.transmitted == 4)
        #expect(pair.problems == [])
    }

    @Test("a side that insists finds no proposal with one that has none", arguments: [true, false])
    func mandatory(_ moonHasIt: Bool) {
        let pair = Pair { own, connection in
            let hasIt = (own.name == "moon") == moonHasIt
            connection.proposals = [Sample.ikeProposal(additional: hasIt ? [[.ecp256]] : [])]
        }
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
        #expect(pair.moon.alerts("proposal-mismatch-ike") == 1)
        #expect(pair.problems == [])
    }

    @Test("an altered KE payload of IKE_SA_INIT does not get past the first IKE_INTERMEDIATE")
    func alteredInit() {
        let pair = pair([.ecp256])
        // Inside the public value, in front of the nonce.
        pair.network.resetFaults([0: .corrupt(offset: 28 + 64)])
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
        #expect(pair.problems == [])
    }
}
