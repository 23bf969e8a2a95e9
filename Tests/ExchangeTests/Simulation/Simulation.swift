import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork

/// One seed: two gateways with a configuration, a network and a list of operations that the seed chose, over hours of
/// virtual time. What must hold is looked at once nothing is going on any more.
struct Simulation {
    let seed: UInt64
    private var generator: SeededGenerator
    private let pair: Pair
    private let plan: Plan
    private var editions = 0
    private var witnesses = Witnesses()
    private(set) var operations: [String] = []

    init(seed: UInt64, keepsTrace: Bool) {
        self.seed = seed
        var generator = SeededGenerator(seed: seed)
        let plan = Plan(&generator)
        self.plan = plan
        pair = Pair(seed: seed, configure: plan.configure, settings: plan.configure)
        plan.equip(pair)
        self.generator = generator
        pair.network.link = plan.link
        if plan.isTranslated {
            pair.network.translators = [
                AddressTranslator(inside: [pair.moon.address], outer: IPAddress(v4: 0xcb00_7101))
            ]
        }
        pair.network.keepsTrace = keepsTrace
        if !keepsTrace { for host in pair.hosts { host.logLevels = LogLevels(all: -1) } }
        operations.append("plan: \(plan)")
    }

    /// - Returns: what is wrong in the end; empty: nothing.
    mutating func run() -> [String] {
        if generator.next() % 4 != 0 { pair.initiate(by: pair.moon) }
        let count = 6 + Int(generator.next() % 20)
        for _ in 0..<count {
            operate()
            pair.advance(by: pause())
            for host in pair.hosts { witnesses.look(at: host) }
        }
        return quietProblems() + endProblems()
    }

    /// Half of the operations come while the one before is still under way.
    private mutating func pause() -> Duration {
        switch generator.next() % 8 {
        case 0...2: generator.duration(upTo: .milliseconds(40))
        case 3: generator.duration(upTo: .seconds(1))
        case 4...5: generator.duration(upTo: .seconds(20))
        case 6: generator.duration(upTo: .seconds(300))
        default: generator.duration(upTo: .seconds(4000))
        }
    }

    private mutating func operate() {
        let host = generator.next() % 2 == 0 ? pair.moon : pair.sun
        let child = ["net", "net", "net", "host", "host", "third"][Int(generator.next() % 6)]
        let choice = generator.next() % 100
        operations.append("\(pair.network.now.microseconds / 1000) \(host.name) \(choice) \(child)")
        switch choice {
        case 0..<28: pair.initiate(child, by: host)
        case 28..<35: for _ in 0..<plan.packets { traffic(from: host) }
        case 35..<50: pair.rekeyChild(child, by: host)
        case 50..<54: wander(host)
        case 54..<68: pair.rekeyIKE(by: host)
        case 68..<76: pair.terminateChild(child, by: host)
        case 76..<84: pair.terminateIKE(by: host)
        case 84..<86: pair.terminateIKE(by: host, force: true)
        case 86..<91: host.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: true))
        case 91..<94:
            host.restart()
            witnesses.forget(host)
        case 94..<95: host.perform(.install(child: child, ike: nil))
        case 95: wander(host)
        case 96: host.kernel.refuse(request: Int(generator.next() % 6))
        default: cut(for: generator.duration(upTo: .seconds(200)))
        }
    }

    /// The addresses change, the translator forgets, or the administrator changes the configuration.
    private mutating func wander(_ host: SimulatedHost) {
        if plan.moves, generator.next() % 4 != 0 {
            pair.moon.move(to: Plan.places[Int(generator.next() % UInt64(Plan.places.count))])
        } else if plan.isTranslated, generator.next() % 4 != 0 {
            for box in pair.network.translators { box.forget() }
        } else {
            editions += 1
            host.load(plan.edited(host === pair.moon ? .moon : .sun, edition: editions))
        }
    }

    /// A packet between the networks; a trap that it meets asks for a CHILD_SA.
    private func traffic(from host: SimulatedHost) {
        guard case .notProtected(.acquire(let reqid)) = pair.ping(from: host) else { return }
        let (own, peer) = host === pair.moon ? (SampleHost.moon, SampleHost.sun) : (SampleHost.sun, .moon)
        host.kernelEvent(
            .acquire(
                reqid: reqid, source: TrafficSelector(host: own.inner), destination: TrafficSelector(host: peer.inner)))
    }

    /// Nothing gets through for a while.
    private func cut(for duration: Duration) {
        let link = pair.network.link
        pair.network.link.loss = 100
        pair.advance(by: duration)
        pair.network.link = link
    }

    // MARK: In the end

    /// The network is good, everybody's timers have had their time, and between two rekeyings there is a pause.
    private func quietProblems() -> [String] {
        pair.network.link = .perfect
        if plan.moves { pair.moon.move(to: Plan.places[0]) }
        for host in pair.hosts { host.kernel.refused = [] }
        pair.advance(by: .seconds(900))
        var problems = problems
        for _ in 0..<150 where !problems.isEmpty {
            pair.advance(by: .seconds(7))
            problems = self.problems
        }
        guard problems.isEmpty else { return problems }
        for host in pair.hosts where !host.liveChildren.filter({ $0.name == "net" }).isEmpty {
            let delivery = pair.ping(from: host)
            if delivery != .delivered { problems.append("a packet of \(host.name) is not delivered: \(delivery)") }
        }
        return problems
    }

    private var problems: [String] {
        Consistency.problems(of: pair.moon, pair.sun) + pair.hosts.flatMap(\.residue)
    }

    /// Nothing is left after shutdown.
    private func endProblems() -> [String] {
        let left = pair.hosts.flatMap { host -> [String] in
            host.input { $0.shutdown(at: $1, into: &$2) }
            let kernel = host.kernel
            var left: [String] = []
            if !host.ikeSAs.isEmpty { left.append("\(host.ikeSAs.count) IKE_SAs") }
            if !kernel.states.isEmpty { left.append("\(kernel.states.count) SAs") }
            if !kernel.policies.isEmpty { left.append("\(kernel.policies.count) policies") }
            if !kernel.reserved.isEmpty { left.append("\(kernel.reserved.count) SPIs") }
            if host.engine.reqids.count != 0 { left.append("\(host.engine.reqids.count) reqids") }
            return left.map { "\(host.name): \($0) left after shutdown" }
        }
        return left + witnesses.survivors
    }

    /// Everything that happened, for whoever has to understand it.
    var story: [String] {
        let logs = pair.hosts.flatMap { host in host.log.map { "\($0.split(separator: " ", maxSplits: 1)[0]) \(host.name) | \($0)" } }
        return operations + (pair.network.trace + logs).sorted { Self.time($0) < Self.time($1) }
    }

    private static func time(_ line: String) -> Int { Int(line.prefix { $0.isNumber }) ?? 0 }

    /// What two runs of one seed must have in common.
    var trace: [String] { pair.network.trace }
}
