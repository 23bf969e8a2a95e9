import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

/// Something that either side may begin while the other begins something too.
enum Operation: CaseIterable, Sendable, CustomTestStringConvertible {
    case rekeyChild, rekeyIKE, closeChild, closeIKE, create, reauthenticate

    func begin(on pair: Pair, by host: SimulatedHost) {
        switch self {
        case .rekeyChild: pair.rekeyChild(by: host)
        case .rekeyIKE: pair.rekeyIKE(by: host)
        case .closeChild: pair.terminateChild(by: host)
        case .closeIKE: pair.terminateIKE(by: host)
        case .create: pair.initiate("more", by: host)
        case .reauthenticate: host.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true))
        }
    }

    var closes: Bool { self == .closeChild || self == .closeIKE }
    var testDescription: String { "\(self)" }
}

@Suite("Everything crossed with everything (RFC 7296 §2.8, §2.25)")
struct CrossedOperationTests {
    // moon: one operation    ⤫    sun: another, before or after the first message of moon's has come
    //
    // undisturbed, and each of the first messages lost, late and twice
    @Test(
        "both sides agree in the end, and what nobody closes carries packets all the time",
        arguments: Operation.allCases, Operation.allCases)
    func crossed(moonDoes: Operation, sunDoes: Operation) {
        for pause in [Duration.zero, .milliseconds(15), .milliseconds(35)] {
            for disturbance in Disturbance.each(of: 8) {
                run(moonDoes, sunDoes, pause, disturbance)
            }
        }
    }

    private func run(_ moonDoes: Operation, _ sunDoes: Operation, _ pause: Duration, _ disturbance: Disturbance) {
        let pair = Pair(configure: { own, connection in connection.addHostChild("more", own) })
        pair.establish()
        disturbance.apply(to: pair)
        moonDoes.begin(on: pair, by: pair.moon)
        pair.advance(by: pause)
        sunDoes.begin(on: pair, by: pair.sun)
        let isClosed = moonDoes.closes || sunDoes.closes
        var lost: [String] = []
        if isClosed { pair.settle() } else { lost = pair.settleUnderTraffic() }
        let name = "\(moonDoes), \(sunDoes) after \(pause), \(disturbance.testDescription)"
        #expect(pair.problems == [], "\(name)")
        guard !isClosed else { return }
        #expect(lost == [], "\(name)")
        let names = Set(pair.moon.liveChildren.map(\.name))
        #expect(names.contains("net"), "\(name)")
        #expect(names.contains("more") == (moonDoes == .create || sunDoes == .create), "\(name)")
        // Both sides may have set up a further CHILD_SA, or authenticated anew.
        if moonDoes != sunDoes {
            #expect(pair.moon.ikeSAs.count == 1, "\(name)")
            #expect(pair.moon.liveChildren.count == names.count, "\(name)")
        }
    }
}
