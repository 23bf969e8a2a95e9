import Glibc
import Testing

@Suite("Simulation")
struct SimulationTests {
    /// Which seeds run: one (`SIMULATION_SEED=17`), as many as wanted (`SIMULATION_SEEDS=100000`), or a range
    /// (`SIMULATION_SEEDS=500-600`).
    static let seeds: ClosedRange<UInt64> = {
        if let text = environment("SIMULATION_SEED"), let seed = UInt64(text) { return seed...seed }
        guard let text = environment("SIMULATION_SEEDS") else { return 1...2000 }
        let ends = text.split(separator: "-").compactMap { UInt64($0) }
        switch ends.count {
        case 1: return 1...max(1, ends[0])
        case 2: return ends[0]...max(ends[0], ends[1])
        default: return 1...2000
        }
    }()

    static let isSingle = environment("SIMULATION_SEED") != nil

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Seeds in parts, so that all cores have some.
    static let parts: [ClosedRange<UInt64>] = stride(from: seeds.lowerBound, through: seeds.upperBound, by: 25).map {
        $0...min($0 + 24, seeds.upperBound)
    }

    @Test("hours of operations on a bad network leave both sides in agreement and nothing behind", arguments: parts)
    func seeds(_ part: ClosedRange<UInt64>) {
        for seed in part {
            var simulation = Simulation(seed: seed, keepsTrace: Self.isSingle)
            let problems = simulation.run()
            if Self.isSingle { print(simulation.story.joined(separator: "\n")) }
            guard !problems.isEmpty else { continue }
            Issue.record("seed \(seed): \(problems.joined(separator: "; ")). Replay: SIMULATION_SEED=\(seed) swift test --filter SimulationTests")
        }
    }

    @Test("a seed replays message for message", arguments: Array(1...20) as [UInt64])
    func replay(_ seed: UInt64) {
        var first = Simulation(seed: seed, keepsTrace: true)
        var second = Simulation(seed: seed, keepsTrace: true)
        #expect(first.run() == second.run())
        let difference = zip(first.trace, second.trace).first { $0 != $1 }
        #expect(difference == nil)
        #expect(first.trace.count == second.trace.count)
    }
}
