import ControlClient
import Testing
import VICI

/// Remembers what was asked of it.
final class RecordedService: DaemonService {
    private(set) var calls: [String] = []

    func start(_ arguments: [String]) throws(ControlError) { calls.append("start " + arguments.joined(separator: " ")) }
    func stop() throws(ControlError) { calls.append("stop") }
}

@Suite("ipsec")
struct IpsecTests {
    static func ipsec(
        _ arguments: String..., daemon: ScriptedDaemon?, service: RecordedService = RecordedService()
    ) -> (status: Int32, output: CollectedOutput) {
        let output = CollectedOutput()
        let tool = Ipsec(output: output, service: service) { (address) throws(ControlError) in
            guard let daemon else { throw .connect(uri: address.uri, errno: 2) }
            return daemon
        }
        return (tool.run(arguments), output)
    }

    static let trap = message([
        "ovh": message([
            "child": "ovh", "mode": "TUNNEL", "reqid": "1", "uniqueid": "741", "local-ts": ["10.0.0.2/32"],
            "remote-ts": ["10.8.0.0/24"],
        ])
    ])
    static let shunt = message([
        "lan": message(["child": "lan", "mode": "PASS", "local-ts": ["10.0.0.0/8"], "remote-ts": ["10.0.0.0/8"]])
    ])

    static func daemon() -> ScriptedDaemon {
        ScriptedDaemon([
            "list-policies": .init(events: [("list-policy", trap), ("list-policy", shunt)]),
            "list-sas": .init(events: [("list-sa", sampleSA), ("list-sa", connectingSA)]),
        ])
    }

    @Test("status keeps the layout that scripts parse")
    func status() {
        let (status, output) = Self.ipsec("status", daemon: Self.daemon())
        #expect(status == 0)
        #expect(
            output.lines == [
                "Shunted Connections:",
                "         lan:  10.0.0.0/8 === 10.0.0.0/8 PASS",
                "Routed Connections:",
                "         ovh{741}:  ROUTED, TUNNEL, reqid 1",
                "         ovh{741}:   10.0.0.2/32 === 10.8.0.0/24",
                "Security Associations (1 up, 1 connecting):",
                "          gw[1]: ESTABLISHED 52 minutes ago, 192.0.2.1[moon]...192.0.2.2[C=CH, CN=sun]",
                "         net{5}:  INSTALLED, TUNNEL, reqid 1, ESP in UDP SPIs: c1234567_i cabcdef0_o, "
                    + "IPCOMP CPIs: 12ab_i 34cd_o",
                "         net{5}:   10.1.0.0/16 10.3.0.0/16 === 10.2.0.0/16",
                "          cr{7}:  CREATED, TUNNEL, reqid 3",
                "          rw[2]: CONNECTING, 192.0.2.1[%any]...2001:db8::2[%any]",
            ])
    }

    @Test("statusall adds details")
    func statusAll() {
        let answers: [String: ScriptedDaemon.Answer] = [
            "version": .init(
                response: message([
                    "daemon": "swand", "version": "1", "sysname": "Linux", "release": "6.1", "machine": "x86_64",
                ])),
            "stats": .init(
                response: message([
                    "uptime": message(["running": "2 hours", "since": "Nov 21"]), "listening": ["192.0.2.1"],
                ])),
            "get-pools": .init(
                response: message(["10.8.0.128/25": message(["size": "126", "online": "1", "offline": "2"])])),
            "list-conns": .init(), "list-policies": .init(),
            "list-sas": .init(events: [("list-sa", sampleSA)]),
        ]
        let (status, output) = Self.ipsec("statusall", daemon: ScriptedDaemon(answers))
        #expect(status == 0)
        #expect(
            output.lines.prefix(8) == [
                "Status of IKE swand daemon (swand 1, Linux 6.1, x86_64):",
                "  uptime: 2 hours, since Nov 21",
                "Listening IP addresses:", "  192.0.2.1",
                "Virtual IP pools (size/online/offline):", "  10.8.0.128/25: 126/1/2",
                "Connections:",
                "Security Associations (1 up, 0 connecting):",
            ])
        #expect(
            output.lines.contains(
                "          gw[1]: IKEv2 SPIs: 0123456789abcdef_i* fedcba9876543210_r, rekeying in 3 hours, "
                    + "reauthentication in 2 hours"))
        #expect(
            output.lines.contains(
                "         net{5}:  AES_GCM_16_256/CURVE_25519/ESN, 84 bytes_i (1 pkt, 3s ago), "
                    + "168 bytes_o (2 pkts, 4s ago), rekeying in 55 minutes"))
    }

    @Test("status of one connection")
    func oneConnection() {
        #expect(
            Self.ipsec("status", "nothing", daemon: Self.daemon()).output.lines == [
                "Security Associations (1 up, 1 connecting):", "  no match",
            ])
        let lines = Self.ipsec("status", "net", daemon: Self.daemon()).output.lines
        #expect(lines.count == 5)
        let idle = ScriptedDaemon(["list-policies": .init(), "list-sas": .init()])
        #expect(
            Self.ipsec("status", daemon: idle).output.lines == [
                "Security Associations (0 up, 0 connecting):", "  none",
            ])
    }

    @Test(
        "exit codes are those of the service script",
        arguments: [
            (["status"], 3), (["statusall"], 3), (["up", "x"], 7), (["reload"], 7), (["listcerts"], 7), (["up"], 2),
            (["bogus"], 2), (["pki", "--gen"], 2), ([], 2), (["--help"], 0), (["version"], 0), (["stop"], 0),
            (["down", "x[y]"], 2),
        ] as [([String], Int32)])
    func exitCodes(arguments: [String], status: Int32) {
        let output = CollectedOutput()
        let tool = Ipsec(output: output, service: RecordedService()) { (address) throws(ControlError) in
            throw ControlError.connect(uri: address.uri, errno: 2)
        }
        #expect(tool.run(arguments) == status)
    }

    @Test("up shows the log without groups and says how it ended")
    func up() {
        let line = message(["group": "IKE", "msg": "initiating IKE_SA"])
        let good = ScriptedDaemon(["initiate": .init(events: [("control-log", line)], response: .success)])
        let (status, output) = Self.ipsec("up", "net", daemon: good)
        #expect(status == 0)
        #expect(output.lines == ["initiating IKE_SA", "connection 'net' established successfully"])
        #expect(good.requests.first?.message == message(["child": "net", "loglevel": "1"]))
        let bad = ScriptedDaemon(["initiate": .init(response: .failure("CHILD_SA config 'x' not found"))])
        #expect(Self.ipsec("up", "x", daemon: bad).status == 1)
    }

    @Test(
        "down understands every way to name an SA",
        arguments: [
            ("gw", [("ike", "gw"), ("child", "gw")]), ("gw[]", [("ike", "gw")]), ("gw[*]", [("ike", "gw")]),
            ("gw[3]", [("ike-id", "3")]), ("[3]", [("ike-id", "3")]), ("gw{}", [("child", "gw")]),
            ("gw{*}", [("child", "gw")]), ("gw{4}", [("child-id", "4")]), ("{4}", [("child-id", "4")]),
        ] as [(String, [(String, String)])])
    func down(name: String, fields: [(String, String)]) {
        let daemon = ScriptedDaemon(["terminate": .init(response: .failure("no matching SAs"))])
        #expect(Self.ipsec("down", name, daemon: daemon).status == 1)
        #expect(daemon.requests.map(\.message) == fields.map { message([$0.0: $0.1, "loglevel": "1"]) })
    }

    @Test("down-srcip takes a range of virtual addresses")
    func downByAddress() {
        let daemon = ScriptedDaemon([
            "list-sas": .init(events: [("list-sa", sampleSA), ("list-sa", connectingSA)]),
            "terminate": .init(response: .success),
        ])
        #expect(Self.ipsec("down-srcip", "10.3.255.0", "10.4.0.9", daemon: daemon).status == 0)
        #expect(daemon.requests.map(\.command) == ["list-sas", "terminate"])
        #expect(daemon.requests.last?.message == message(["ike-id": "1", "loglevel": "1"]))
        #expect(Self.ipsec("down-srcip", "10.4.0.2", daemon: daemon).status == 0)
        #expect(daemon.requests.map(\.command) == ["list-sas", "terminate", "list-sas"])
        #expect(Self.ipsec("down-srcip", "x", daemon: daemon).status == 2)
    }

    @Test(
        "reload tells the daemon which files",
        arguments: [
            ("reload", "connections"), ("update", "connections"), ("rereadsecrets", "secrets"), ("secrets", "secrets"),
            ("rereadcacerts", "cacerts"), ("rereadall", "all"),
        ])
    func reload(command: String, part: String) {
        let daemon = ScriptedDaemon(["reload-configuration": .init(response: .success)])
        #expect(Self.ipsec(command, daemon: daemon).status == 0)
        #expect(daemon.requests.map(\.message) == [message(["part": part])])
    }

    @Test("start, restart and stop leave the daemon alone when there is nothing to do")
    func service() {
        let service = RecordedService()
        _ = Self.ipsec("start", daemon: ScriptedDaemon(), service: service)
        _ = Self.ipsec("stop", daemon: nil, service: service)
        #expect(service.calls.isEmpty)
        _ = Self.ipsec("start", "--debug", daemon: nil, service: service)
        _ = Self.ipsec("stop", daemon: ScriptedDaemon(), service: service)
        _ = Self.ipsec("restart", daemon: ScriptedDaemon(), service: service)
        #expect(service.calls == ["start --debug", "stop", "stop", "start "])
    }
}
