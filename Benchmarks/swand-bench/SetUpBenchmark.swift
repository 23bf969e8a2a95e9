/// Responder CPU per set-up beside the floor: runs of each kind take turns, so that what disturbs the machine disturbs
/// all of them.
struct SetUpBenchmark {
    let daemonPath: String
    let rounds: Int
    let count: Int

    func run() throws {
        var table = Table(
            "case", "floor us", "engine us", "engine / floor", "daemon us", "daemon / floor", "engine allocations",
            "set-ups/s on the wall")
        for setUp in SetUpCase.all { try measure(setUp, into: &table) }
        table.print(title: "Responder CPU per IKE_SA + CHILD_SA, median of \(rounds) runs")
    }

    private func measure(_ setUp: SetUpCase, into table: inout Table) throws {
        let count = setUp.certificates == nil ? count : max(1, count / 4)
        let authority = try setUp.certificates.map { try Authority(kind: $0) }
        let pair = try InProcessPair(setUp, authority: authority)
        _ = try pair.measure(max(1, count / 10))
        let floor = try Floor(setUp, sizes: pair.sizes, authority: authority)
        let daemon = try DaemonProcess(path: daemonPath)
        defer { daemon.stop() }
        let load = try LoadGenerator(setUp, daemon: daemon, authority: authority)
        _ = try load.run(max(1, count / 10))
        var floors: [Double] = []
        var engines: [Double] = []
        var daemons: [Double] = []
        var rates: [Double] = []
        var allocations = 0.0
        for round in 1...rounds {
            note("\(setUp.name): run \(round) of \(rounds)")
            floors.append(try bare(floor, count, pair))
            let measured = try pair.measure(count)
            engines.append(measured.microseconds)
            allocations = measured.allocations
            let whole = try load.run(count)
            daemons.append(Double(whole.cpu) / 1000 / Double(count))
            rates.append(Double(count) * 1e9 / Double(whole.wall))
        }
        table.row(
            setUp.name, floors.median.text(1), engines.median.text(1), (engines.median / floors.median).text(2),
            daemons.median.text(1), (daemons.median / floors.median).text(2), allocations.text(0),
            rates.median.text(0))
    }

    private func bare(_ floor: Floor, _ count: Int, _ pair: InProcessPair) throws -> Double {
        var spent: Int64 = 0
        for _ in 0..<count { spent += try floor.run(pair.nextSubject()) }
        return Double(spent) / 1000 / Double(count)
    }
}
