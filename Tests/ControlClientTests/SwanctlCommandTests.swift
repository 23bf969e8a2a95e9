import ControlClient
import Glibc
import Testing
import VICI

@Suite("swanctl commands")
struct SwanctlCommandTests {
    @Test("that take time show the daemon's log")
    func initiate() {
        let line = message(["group": "IKE", "level": "1", "msg": "initiating IKE_SA gw[1] to 192.0.2.2"])
        let daemon = ScriptedDaemon([
            "initiate": .init(events: [("control-log", line)], response: .success)
        ])
        let (status, output) = swanctl("-i", "-c", "net", "-i", "gw", "-t", "5", "-l", "2", daemon: daemon)
        #expect(status == 0)
        #expect(
            output.lines == ["[IKE] initiating IKE_SA gw[1] to 192.0.2.2", "initiate completed successfully"])
        #expect(
            daemon.requests.first?.message
                == message(["child": "net", "ike": "gw", "timeout": "5000", "loglevel": "2"]))
    }

    @Test("that fail say why and exit with 1")
    func terminateFails() {
        let daemon = ScriptedDaemon(["terminate": .init(response: .failure("no matching SAs to terminate found"))])
        let (status, output) = swanctl("--terminate", "--ike", "gw", "--force", daemon: daemon)
        #expect(status == 1)
        #expect(output.lines.isEmpty)
        #expect(output.complaints == ["terminate failed: no matching SAs to terminate found"])
        #expect(daemon.requests.first?.message == message(["ike": "gw", "force": "yes", "loglevel": "1"]))
    }

    @Test("that the daemon does not know exit with ENOENT")
    func unknown() {
        let (status, output) = swanctl("--stats", daemon: ScriptedDaemon())
        #expect(status == ENOENT)
        #expect(output.complaints == ["the daemon does not know the command 'stats'"])
    }

    @Test(
        "are found by name, beginning of a name and letter",
        arguments: [
            ("--rekey", "rekey"), ("-R", "rekey"), ("--list-sa", "list-sas"), ("-u", "uninstall"), ("-U", "uninstall"),
            ("--uninst", "uninstall"), ("-r", "reload-settings"), ("-g", "get-algorithms"),
        ])
    func names(word: String, command: String) {
        let daemon = ScriptedDaemon()
        _ = swanctl(word, daemon: daemon)
        #expect(daemon.requests.map(\.command) == [command])
    }

    @Test(
        "with bad options exit with 1 and show how they are used",
        arguments: [
            ["--bogus"], ["-Z"], ["--list"], ["--list-sas", "--bogus"], ["--list-sas", "extra"], ["--list-sas", "-i"],
            ["--list-sas", "--raw=1"], ["-i", "--timeout", "soon"], ["-i", "--loglevel", "9"],
        ])
    func usage(arguments: [String]) {
        let output = CollectedOutput()
        let tool = Swanctl(output: output, folder: "/nonexistent") { (_) throws(ControlError) in ScriptedDaemon() }
        #expect(tool.run(arguments) == 1)
        #expect(output.complaints.contains("usage:"))
        #expect(output.lines.isEmpty)
    }

    @Test("have help")
    func help() {
        let overview = swanctl("--help", daemon: ScriptedDaemon()).output.text
        #expect(overview.contains("swanctl --list-sas"))
        let (status, output) = swanctl("--initiate", "--help", daemon: ScriptedDaemon())
        #expect(status == 0)
        #expect(output.text.contains("--child           (-c)  initiate a CHILD_SA configuration"))
    }

    @Test("follow the log until the daemon closes")
    func log() {
        let daemon = ScriptedDaemon(followed: ["log": [message(["thread": "7", "group": "NET", "msg": "hello"])]])
        let (status, output) = swanctl("--log", daemon: daemon)
        #expect(status == 0)
        #expect(output.lines == ["07[NET] hello"])
    }

    @Test("follow SAs, also of daemons that know fewer events")
    func monitor() {
        var up = message(["up": "yes"])
        up.elements += connectingSA.elements
        let daemon = ScriptedDaemon(followed: ["ike-updown": [up]])
        let (status, output) = swanctl("-m", daemon: daemon)
        #expect(status == 0)
        #expect(
            output.lines.prefix(2) == [
                "ike-updown up:", "rw: #2, CONNECTING, IKEv1, 0123456789abcdef_i 0000000000000000_r*",
            ])
    }

    @Test("name the daemon's version")
    func version() {
        let reply = message([
            "daemon": "charon", "version": "5.9.8", "sysname": "Linux", "release": "6.1", "machine": "x86_64",
        ])
        let daemon = ScriptedDaemon(["version": .init(response: reply)])
        #expect(
            swanctl("--version", "-d", daemon: daemon).output.lines == ["strongSwan 5.9.8 charon (Linux, 6.1, x86_64)"])
        #expect(swanctl("-v", daemon: daemon).output.lines == ["swand swanctl \(Swanctl.version)"])
    }

    @Test("reach the socket that is named, or say why not")
    func addresses() throws {
        #expect(try ControlAddress(uri: "unix:///run/x.vici").path == "/run/x.vici")
        #expect(try ControlAddress(uri: "/run/x.vici").uri == "unix:///run/x.vici")
        for uri in ["tcp://127.0.0.1:4502", "unix://x", "x", "", "/" + String(repeating: "a", count: 200)] {
            #expect(throws: ControlError.self) { try ControlAddress(uri: uri) }
        }
        let output = CollectedOutput()
        #expect(Swanctl(output: output).run(["-l", "-u", "unix:///nonexistent/x"]) == ENOENT)
        #expect(output.complaints.first?.hasPrefix("connecting to 'unix:///nonexistent/x' failed: ") == true)
    }
}
