import Configuration
import CryptoInterface
import IKEEngine
import IKESA
import IPsecModel
import OpenSSLCrypto
import PKI
import Testing
import Transport

@testable import SwandDaemon

@Suite("Reading the configuration at start and again")
struct ReloadTests {
    /// Everything that a configuration is put in force in.
    private final class House {
        let files: MemoryFiles
        let credentials = MemoryCredentialStore(timeOfDay: { 2_000_000_000 })
        let store = ConnectionStore()
        let log = LogHub()
        let lines = Lines()
        let shard: Shard
        let configuration: DaemonConfiguration
        let loop: EventLoop

        init(_ texts: [String: String]) throws {
            files = MemoryFiles(texts)
            var options = DaemonOptions()
            options.settingsPath = "/etc/swand.conf"
            loop = try EventLoop()
            let parts = DaemonParts(
                crypto: OpenSSLProvider(), backend: KernelBackend(kernel: StandInKernel()), credentials: credentials,
                settings: ConfigurationReader(options: options, files: files).readSettings().settings, files: files)
            let environment = CoreEnvironment(
                crypto: parts.crypto, kernel: parts.backend.kernel, credentials: credentials,
                settings: EngineSettings(parts.settings))
            shard = Shard(engine: Engine(environment: environment), backend: parts.backend, loop: loop, log: log)
            configuration = DaemonConfiguration(
                options: options, parts: parts, store: store,
                authorities: AuthorityStore(credentials: credentials), shard: shard, log: log,
                logSetup: LogSetup(log: LogHub(), options: options))
            log.add(lines)
            configuration.loadAtStart()
        }

        var names: [String] { store.snapshot.connections.map(\.name) }
        var secret: [UInt8]? {
            let me = Identification(fqdn: "me")
            return credentials.sharedKey(local: me, remote: me)?.withUnsafeBytes { Array($0) }
        }
    }

    private final class Lines: LogSink {
        let levels = LogLevels(all: 1)
        var texts: [String] = []
        func write(_ line: LogLine, at time: WallTime) { texts.append(line.text) }
    }

    private static func conn(_ name: String, _ more: String = "") -> String {
        "conn \(name)\n  left=192.0.2.1\n  right=192.0.2.\(name.count)\n  authby=secret\n  auto=add\n\(more)"
    }

    private static let secrets = ": PSK \"first\"\n"

    private func house(_ conf: String) throws -> House {
        try House([
            "/etc/swand.conf": "swand { retransmit_tries = 3 }", "/etc/ipsec.conf": conf,
            "/etc/ipsec.secrets": Self.secrets,
        ])
    }

    @Test("at start the good sections count, and the others are named with file, line and column")
    func start() throws {
        let house = try house(Self.conn("a") + Self.conn("bb", "  rigth=1\n"))
        #expect(house.names == ["a"])
        #expect(house.configuration.status == "1 connection loaded")
        #expect(house.lines.texts.contains { $0.hasPrefix("/etc/ipsec.conf:11:3: error: 'rigth'") })
        #expect(house.secret == Array("first".utf8))
        #expect(house.shard.settings.retransmitTries == 3)
    }

    @Test("leftfirewall is said to do nothing")
    func firewall() throws {
        let house = try house(Self.conn("a", "  leftfirewall=yes\n"))
        #expect(house.lines.texts.contains { $0.hasPrefix("connection 'a': leftfirewall installs no rules yet") })
    }

    @Test("without any file there is nothing to do and nothing wrong")
    func noFiles() throws {
        let house = try House(["/etc/swand.conf": ""])
        #expect(house.names.isEmpty)
        #expect(house.lines.texts.isEmpty)
        try house.configuration.reloadFiles()
    }

    @Test("a reload takes over what is new and drops what is gone")
    func reload() throws {
        let house = try house(Self.conn("a") + Self.conn("bb"))
        house.files.texts["/etc/ipsec.conf"] = Self.conn("a") + Self.conn("ccc")
        house.files.texts["/etc/ipsec.secrets"] = ": PSK \"second\"\n"
        try house.configuration.reloadFiles()
        #expect(house.names == ["a", "ccc"])
        #expect(house.secret == Array("second".utf8))
    }

    @Test("a connection whose new text is wrong stays as it was, the others change")
    func brokenSection() throws {
        let house = try house(Self.conn("a") + Self.conn("bb"))
        house.files.texts["/etc/ipsec.conf"] = Self.conn("a", "  lefft=1\n") + Self.conn("ccc")
        #expect(throws: CommandFailure.self) { try house.configuration.reloadFiles() }
        #expect(Set(house.names) == ["a", "ccc"])
        #expect(house.lines.texts.contains("connection 'a' stays as it was"))
    }

    @Test("connections that share their IKE_SA keep its name when another one is first")
    func stableName() throws {
        func children(_ names: [String]) -> String {
            names.map { "conn \($0)\n  left=192.0.2.1\n  right=192.0.2.2\n  rightsubnet=10.\($0.count).0.0/16\n  authby=secret\n  auto=add\n" }
                .joined()
        }
        let house = try house(children(["a", "bb"]))
        #expect(house.names == ["a"])
        for present in [["bb"], ["zzz", "bb"], ["zzz", "bb", "a"]] {
            house.files.texts["/etc/ipsec.conf"] = children(present)
            try house.configuration.reloadFiles()
            #expect(house.names == ["a"])
            #expect(house.store.snapshot.connections[0].children.map(\.name) == present)
        }
    }

    @Test("a broken connection stays beside the others that share its IKE_SA")
    func brokenChild() throws {
        let first = "conn a\n  left=192.0.2.1\n  right=192.0.2.2\n  authby=secret\n  auto=add\n"
        let second = "conn bb\n  also=a\n  rightsubnet=10.1.0.0/16\n"
        let house = try house(first + second)
        house.files.texts["/etc/ipsec.conf"] = first + second + "  rigth=1\n"
        #expect(throws: CommandFailure.self) { try house.configuration.reloadFiles() }
        #expect(house.names == ["a"])
        #expect(house.store.snapshot.connections[0].children.map(\.name) == ["a", "bb"])
    }

    @Test("a file that is gone from under an explicit reload takes nothing with it when it cannot be read")
    func unreadable() throws {
        let house = try house(Self.conn("a"))
        house.files.texts["/etc/ipsec.conf"] = "conn a\n  left=\"192.0.2.1\n"
        #expect(throws: CommandFailure.self) { try house.configuration.reloadFiles() }
        #expect(house.names == ["a"])
    }

    @Test("secrets change only if all of them can be read")
    func brokenSecrets() throws {
        let house = try house(Self.conn("a"))
        house.files.texts["/etc/ipsec.secrets"] = ": PSK \"second\"\n: PSK 0xzz\n"
        #expect(throws: CommandFailure.self) { try house.configuration.reloadFiles() }
        #expect(house.secret == Array("first".utf8))
    }

    @Test("settings change only if none is wrong, and ports stay as they were opened")
    func settings() throws {
        let house = try house("")
        house.files.texts["/etc/swand.conf"] = "swand {\n retransmit_tries = many\n}"
        #expect(throws: CommandFailure.self) { try house.configuration.reloadSettings() }
        #expect(house.shard.settings.retransmitTries == 3)
        house.files.texts["/etc/swand.conf"] = "swand {\n retransmit_tries = 7\n port = 1500\n}"
        try house.configuration.reloadSettings()
        #expect(house.shard.settings.retransmitTries == 7)
        #expect(house.shard.settings.port == 500)
    }

    @Test("what control clients loaded survives a reload")
    func controlClients() throws {
        let house = try house(Self.conn("a"))
        house.store.load(PeerConfig(name: "loaded"))
        house.files.texts["/etc/ipsec.conf"] = ""
        try house.configuration.reloadFiles()
        #expect(house.names == ["loaded"])
    }
}
