import CBenchmark
import ControlClient
import Glibc
import VICI

/// What control commands cost when there is much to control.
struct ControlBenchmark {
    let daemonPath: String
    let swanctlPath: String
    let size: Int

    func run() throws {
        var table = Table("what", "wall s", "daemon CPU s", "note")
        try measureLoading(&table)
        let daemon = try DaemonProcess(path: daemonPath)
        defer { daemon.stop() }
        let load = try LoadGenerator(.psk, daemon: daemon)
        note("control: \(size) SAs")
        var present = 0
        while present < size {
            _ = try load.run(min(1000, size - present))
            present += 1000
        }
        try measureListing(daemon, &table)
        try measureTermination(daemon, load, &table)
        table.print(title: "Control commands")
    }

    private func measureLoading(_ table: inout Table) throws {
        note("control: loading \(size) connections")
        let daemon = try DaemonProcess(path: daemonPath)
        defer { daemon.stop() }
        let load = try LoadGenerator(.psk, daemon: daemon)
        let control = try daemon.client()
        let memory = try daemon.memory()
        let messages = (0..<size).map { number in
            load.connection(
                "other\(number)", remote: "11.0.\(number / 256).\(number % 256)", identity: "other\(number).example")
        }
        let secrets = (0..<size).map { number in
            var message = VICIMessage()
            message.set("id", "other\(number)")
            message.set("type", "IKE")
            message.set("data", bytes: Array("secret of other\(number)".utf8))
            message.list("owners", ["other\(number).example"])
            return message
        }
        try time("load \(size) connections", daemon, &table) {
            for message in messages { try control.perform("load-conn", message) }
            return ""
        }
        try time("load \(size) secrets", daemon, &table) {
            for message in secrets { try control.perform("load-shared", message) }
            return ""
        }
        let now = try daemon.memory()
        let each = Double(now.anonymous - memory.anonymous) / Double(size)
        table.row("memory per connection and secret", "", "", "\(each.text(2)) kB")
    }

    private func measureListing(_ daemon: DaemonProcess, _ table: inout Table) throws {
        let control = try daemon.client()
        try time("list-sas of \(size)", daemon, &table) {
            var count = 0
            _ = try control.request("list-sas", VICIMessage(), event: "list-sa") { _ in count += 1 }
            return "\(count) events"
        }
        try time("stats", daemon, &table) {
            _ = try control.request("stats", VICIMessage())
            return ""
        }
    }

    /// Every IKE_SA is deleted by an exchange with its peer.
    private func measureTermination(_ daemon: DaemonProcess, _ load: LoadGenerator, _ table: inout Table) throws {
        try time("terminate all of \(size)", daemon, &table) {
            let pid = try DaemonProcess.spawn([
                swanctlPath, "--terminate", "--ike", "gateway", "--uri", "unix://\(daemon.socket)",
            ])
            var status: Int32 = 0
            while waitpid(pid, &status, WNOHANG) == 0 { load.exchange(patience: 20) }
            return "swanctl, exit status \((status >> 8) & 0xff)"
        }
    }

    private func time(
        _ name: String, _ daemon: DaemonProcess, _ table: inout Table, _ body: () throws -> String
    ) throws {
        note("control: \(name)")
        let cpu = daemon.cpuTime
        let wall = bench_wall_time()
        let remark = try body()
        table.row(
            name, (Double(bench_wall_time() - wall) / 1e9).text(3), (Double(daemon.cpuTime - cpu) / 1e9).text(3),
            remark)
    }
}
