/// Memory of the daemon per established IKE_SA with one CHILD_SA.
struct MemoryBenchmark {
    let daemonPath: String
    let counts: [Int]

    func run() throws {
        var table = Table("case", "SAs", "kB anonymous per SA", "kB resident per SA", "resident MB of the process")
        for setUp in [SetUpCase.psk, .certificates] {
            let daemon = try DaemonProcess(path: daemonPath)
            defer { daemon.stop() }
            let load = try LoadGenerator(setUp, daemon: daemon)
            let before = try daemon.memory()
            var present = 0
            for count in counts {
                note("memory of \(setUp.name), \(count) SAs")
                while present < count {
                    let share = min(1000, count - present)
                    _ = try load.run(share)
                    present += share
                }
                let now = try daemon.memory()
                table.row(
                    setUp.name, "\(count)", (Double(now.anonymous - before.anonymous) / Double(count)).text(2),
                    (Double(now.resident - before.resident) / Double(count)).text(2),
                    (Double(now.resident) / 1024).text(1))
            }
        }
        table.print(title: "Memory of the daemon")
    }
}
