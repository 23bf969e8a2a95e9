import CBenchmark
import ControlClient
import Glibc

/// A release `swand` with the kernel stand-in, on ports and a control socket of its own.
final class DaemonProcess {
    static let port: UInt16 = 15500
    static let natPort: UInt16 = 14500

    let pid: pid_t
    let socket: String
    private let settings: String

    init(path: String) throws {
        let base = "/tmp/swand-bench.\(getpid())"
        socket = base + ".vici"
        settings = base + ".conf"
        try Self.write("swand {\n  dos_protection = no\n  retransmit_timeout = 60\n}\n", to: settings)
        pid = try Self.spawn([
            path, "--config", settings, "--no-ipsec-conf", "--kernel", "stand-in", "--vici-socket", socket,
            "--pid-file", "", "--port", "\(Self.port)", "--nat-port", "\(Self.natPort)", "--log-level=-1",
        ])
        do {
            try waitUntilReady()
        } catch {
            stop()
            throw error
        }
    }

    /// Starting takes some 20 ms on an idle machine.
    private func waitUntilReady() throws {
        for _ in 0..<500 where (try? client()) == nil { usleep(10_000) }
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == 0 else {
            throw BenchmarkFailure("the daemon ends at once: is another benchmark running on port \(Self.port)?")
        }
        _ = try client()
    }

    func client() throws -> ControlClient { ControlClient(channel: try UnixChannel(to: ControlAddress(path: socket))) }

    /// CPU nanoseconds since the process began.
    var cpuTime: Int64 { bench_process_time(pid) }

    func stop() {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        unlink(socket)
        unlink(settings)
    }

    /// Kilobytes of anonymous memory and of all resident memory.
    func memory() throws -> (anonymous: Int, resident: Int) {
        let text = try Self.read("/proc/\(pid)/smaps_rollup")
        func field(_ name: String) -> Int {
            for line in text.split(separator: "\n") where line.hasPrefix(name) {
                return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            }
            return 0
        }
        return (field("Anonymous:"), field("Rss:"))
    }

    /// Starts a program whose output nobody reads.
    static func spawn(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var words = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, arguments[0], &actions, nil, &words, environ) == 0 else {
            throw BenchmarkFailure("cannot start \(arguments[0])")
        }
        return pid
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchmarkFailure("cannot write \(path)") }
        fputs(text, file)
        fclose(file)
    }

    private static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw BenchmarkFailure("cannot read \(path)") }
        defer { fclose(file) }
        var text: [UInt8] = []
        while case let octet = fgetc(file), octet != EOF { text.append(UInt8(truncatingIfNeeded: octet)) }
        return String(decoding: text, as: UTF8.self)
    }
}
