import IKEEngine
import IKESA
import IPsecModel

/// What must hold once nothing is going on any more.
package enum Consistency {
    /// Every way in which a host's kernel does not fit its engine, or the engine is not at rest; empty: all is well.
    package static func problems(of host: SimulatedHost) -> [String] {
        (atRest(host) + statesFit(host) + policiesFit(host) + commandsEnded(host)).map { "\(host.name): \($0)" }
    }

    /// Every way in which two hosts disagree about the SAs between them, and their own problems.
    package static func problems(of a: SimulatedHost, _ b: SimulatedHost) -> [String] {
        problems(of: a) + problems(of: b) + agreement(a, b) + (a.network.isStuck ? ["time stands still"] : [])
    }

    // MARK: One host

    private static func atRest(_ host: SimulatedHost) -> [String] {
        var problems: [String] = []
        for ike in host.ikeSAs {
            if ike.state != "ESTABLISHED" { problems.append("IKE_SA \(ike.uniqueID) is \(ike.state)") }
            let tasks = ike.tasksActive + ike.tasksQueued
            if !tasks.isEmpty { problems.append("IKE_SA \(ike.uniqueID) still has \(tasks.joined(separator: ", "))") }
            for child in ike.children where child.state != "INSTALLED" {
                problems.append("CHILD_SA \(child.uniqueID) is \(child.state)")
            }
        }
        if host.engine.halfOpenCount != 0 { problems.append("\(host.engine.halfOpenCount) half-open IKE_SAs") }
        return problems
    }

    /// The SAD holds one SA each way for every CHILD_SA, and nothing else.
    private static func statesFit(_ host: SimulatedHost) -> [String] {
        var expected: Set<FakeKernel.Key> = []
        for ike in host.ikeSAs {
            for child in ike.children {
                expected.insert(key(child, child.spiIn, ike.path.local.address))
                expected.insert(key(child, child.spiOut, ike.path.remote.address))
            }
        }
        let found = Set(host.kernel.states.keys)
        return expected.subtracting(found).sorted(by: order).map { "SA \($0.spi) is missing in the kernel" }
            + found.subtracting(expected).sorted(by: order).map { "SA \($0.spi) is left in the kernel" }
            + host.kernel.reserved.map { "SPI \($0) is still reserved" }.sorted()
            + host.kernel.reservedCPIs.map { "CPI \($0) is still reserved" }.sorted()
    }

    private static func order(_ a: FakeKernel.Key, _ b: FakeKernel.Key) -> Bool { a.spi.rawValue < b.spi.rawValue }

    private static func key(_ child: ChildSASnapshot, _ spi: SPI, _ destination: IPAddress) -> FakeKernel.Key {
        FakeKernel.Key(
            SAIdentifier(
                protocolID: child.protocolID ?? .esp, spi: spi, source: destination, destination: destination))
    }

    /// The SPD holds the policies of every CHILD_SA, trap and shunt, and nothing else.
    private static func policiesFit(_ host: SimulatedHost) -> [String] {
        let children = host.children
        let established = host.kernel.policies.filter { $0.policyClass == .established }
        var problems: [String] = []
        for child in children {
            let wanted = child.localSelectors.flatMap { local in child.remoteSelectors.map { (local, $0) } }
            for (local, remote) in wanted {
                let isThere = established.contains { policy in
                    guard policy.direction == .outbound, case .protect(let template) = policy.action else { return false }
                    return policy.source == local && policy.destination == remote && template.spi == child.spiOut
                        && template.reqid == child.reqid
                }
                if !isThere { problems.append("CHILD_SA \(child.uniqueID) has no outbound policy") }
            }
        }
        let pairs = children.reduce(0) { $0 + $1.localSelectors.count * $1.remoteSelectors.count * ($1.mode == .tunnel ? 3 : 2) }
        if established.count != pairs {
            problems.append("\(established.count) policies of CHILD_SAs in the kernel, expected \(pairs)")
        }
        if host.engine.policies().isEmpty, host.kernel.policies.count != established.count {
            problems.append("policies of traps are left in the kernel")
        }
        return problems
    }

    private static func commandsEnded(_ host: SimulatedHost) -> [String] {
        host.commands.compactMap { command in
            let count = host.outcomes[command]?.count ?? 0
            return count == 1 ? nil : "command \(command.rawValue) ended \(count) times"
        }
    }

    // MARK: Two hosts

    private static func agreement(_ a: SimulatedHost, _ b: SimulatedHost) -> [String] {
        var problems: [String] = []
        let here = Set(a.ikeSAs.map(\.spiPair))
        let there = Set(b.ikeSAs.map(\.spiPair))
        if here != there {
            problems.append("IKE_SAs only at \(a.name): \(here.subtracting(there).count), only at \(b.name): \(there.subtracting(here).count)")
        }
        let sent = Set(a.children.map { [$0.spiIn, $0.spiOut] })
        let received = Set(b.children.map { [$0.spiOut, $0.spiIn] })
        if sent != received {
            problems.append("CHILD_SAs only at \(a.name): \(sent.subtracting(received).count), only at \(b.name): \(received.subtracting(sent).count)")
        }
        return problems
    }
}

extension IKESASnapshot {
    fileprivate var spiPair: [IKESPI] { [initiatorSPI, responderSPI] }
}
