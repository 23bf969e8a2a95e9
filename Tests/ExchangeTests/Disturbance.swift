import SimulatedNetwork
import Testing

/// What goes wrong with one of the messages of a scenario, counted from its first.
struct Disturbance: Sendable, CustomTestStringConvertible {
    enum Kind: Sendable { case lost, late, twice }

    let kind: Kind?
    let number: Int

    static let none = Disturbance(kind: nil, number: 0)

    /// Undisturbed, and each of the first `count` messages lost, late and twice. A scenario may have fewer.
    static func each(of count: Int) -> [Disturbance] {
        [.none]
            + (0..<count).flatMap { number in
                [Kind.lost, .late, .twice].map { Disturbance(kind: $0, number: number) }
            }
    }

    func apply(to pair: Pair) {
        switch kind {
        case nil: pair.network.resetFaults()
        case .lost: pair.network.resetFaults([number: .drop])
        // After the first retransmission, which comes after four seconds.
        case .late: pair.network.resetFaults([number: .delay(.seconds(6))])
        case .twice: pair.network.resetFaults([number: .duplicate])
        }
    }

    var testDescription: String {
        guard let kind else { return "undisturbed" }
        return "message \(number) \(kind)"
    }
}

extension Pair {
    /// Runs a minute in small steps, sending a packet each way after each.
    ///
    /// - Returns: what was not delivered.
    func settleUnderTraffic() -> [String] {
        var failures: [String] = []
        for step in 0..<240 {
            advance(by: .milliseconds(250))
            for host in hosts {
                let delivery = ping(from: host)
                if delivery != .delivered { failures.append("\(host.name) after \(step * 250) ms: \(delivery)") }
            }
        }
        settle()
        return failures
    }

    /// What must not be wrong once nothing happens any more, with the messages for whoever reads the failure.
    var problems: [String] {
        let problems = Consistency.problems(of: moon, sun)
        return problems.isEmpty ? [] : problems + network.trace
    }
}
