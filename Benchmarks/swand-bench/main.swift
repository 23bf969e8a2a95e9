import Glibc

/// swand-bench [--quick] [--build DIRECTORY] [setups] [memory] [decode] [scale] [control] [profile]
struct Arguments {
    var parts: [String] = []
    var isQuick = false
    var build = ".build/release"
    var setUp = "psk-x25519"

    init() {
        var rest = CommandLine.arguments.dropFirst()
        while let word = rest.popFirst() {
            switch word {
            case "--quick": isQuick = true
            case "--build": build = rest.popFirst() ?? build
            case "--case": setUp = rest.popFirst() ?? setUp
            default: parts.append(word)
            }
        }
        if parts.isEmpty { parts = ["setups", "memory", "decode", "scale", "control"] }
    }
}

func run(_ part: String, _ arguments: Arguments) throws {
    let daemon = arguments.build + "/swand"
    let isQuick = arguments.isQuick
    switch part {
    case "setups": try SetUpBenchmark(daemonPath: daemon, rounds: isQuick ? 3 : 7, count: isQuick ? 400 : 2000).run()
    case "memory": try MemoryBenchmark(daemonPath: daemon, counts: isQuick ? [1000] : [1000, 10000]).run()
    case "decode": try DecodeBenchmark(repetitions: isQuick ? 20_000 : 200_000).run()
    case "scale":
        try ScaleBenchmark(rounds: isQuick ? 3 : 7, count: isQuick ? 200 : 1000, size: isQuick ? 1000 : 10000).run()
    case "control":
        try ControlBenchmark(
            daemonPath: daemon, swanctlPath: arguments.build + "/swanctl", size: isQuick ? 1000 : 10000).run()
    case "profile":
        // For valgrind --tool=callgrind --toggle-collect='*Host*takeMeasured*', and for perf.
        guard let setUp = SetUpCase.all.first(where: { $0.name == arguments.setUp }) else {
            throw BenchmarkFailure("no case \(arguments.setUp)")
        }
        let measured = try InProcessPair(setUp).measure(isQuick ? 50 : 5000)
        print("\(setUp.name): \(measured.microseconds.text(1)) us, \(measured.allocations.text(0)) allocations")
    default: throw BenchmarkFailure("there is no benchmark '\(part)'")
    }
}

signal(SIGPIPE, SIG_IGN)
let arguments = Arguments()
do {
    for part in arguments.parts { try run(part, arguments) }
} catch {
    note("swand-bench: \(error)")
    exit(1)
}
