import IPsecModel
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

    /// Sends a packet each way every five milliseconds.
    ///
    /// - Returns: what was not delivered.
    func packetsLost(in duration: Duration) -> [String] {
        var failures: [String] = []
        let end = network.now + duration
        while network.now < end {
            advance(by: .milliseconds(5))
            for host in hosts {
                let delivery = ping(from: host)
                if delivery != .delivered { failures.append("\(host.name) at \(network.now.microseconds / 1000): \(delivery)") }
            }
        }
        return failures
    }

    /// The SPI on which a packet would leave now.
    func usedSPI(_ host: SimulatedHost) -> SPI? {
        let (own, peer) = host === moon ? (SampleHost.moon, SampleHost.sun) : (SampleHost.sun, .moon)
        guard case .protected(let key) = host.kernel.send(from: own.inner, to: peer.inner) else { return nil }
        return key.spi
    }

    /// What must not be wrong once nothing happens any more, with the messages for whoever reads the failure.
    var problems: [String] {
        let problems = Consistency.problems(of: moon, sun) + hosts.flatMap(\.residue)
        return problems.isEmpty ? [] : problems + network.trace
    }
}
