import CryptoInterface
import PKI
import Testing
import VICI

@testable import ControlClient

@Suite("swanctl loads")
struct SwanctlLoadTests {
    static let configuration = """
        base { proposals = aes128-sha256-x25519, default }
        connections {
          gw : base {
            version = 2
            local_addrs = 192.0.2.1 , 192.0.2.2
            local { auth = pubkey
              certs = moon.pem, other.pem }
            remote { id = sun
              cert1 { file = /abs/x.pem
              } }
            children { net { local_ts = 10.0.0.0/8
              mode = tunnel } }
          }
        }
        include conf.d/*.conf
        """

    static func folder(_ configuration: String = configuration) -> TemporaryFolder {
        let folder = TemporaryFolder()
        folder.write("swanctl.conf", configuration)
        folder.write("x509/moon.pem", "MOON")
        folder.write("x509/other.pem", "OTHER")
        return folder
    }

    @Test("connections with the content of their files, and unloads those that are gone")
    func connections() {
        let folder = Self.folder()
        folder.write("conf.d/more.conf", "connections { more { version = 1\n } }")
        let daemon = ScriptedDaemon([
            "get-conns": .init(response: message(["conns": ["old", "gw"]])),
            "load-conn": .init(response: .success), "unload-conn": .init(response: .success),
        ])
        let (status, output) = swanctl("--load-conns", daemon: daemon, folder: folder.path)
        #expect(status == 0)
        #expect(
            output.lines == [
                "loaded connection 'gw'", "loaded connection 'more'", "successfully loaded 2 connections, 1 unloaded",
            ])
        #expect(daemon.requests.map(\.command) == ["get-conns", "load-conn", "load-conn", "unload-conn"])
        #expect(
            daemon.requests[1].message
                == message([
                    "gw": message([
                        "version": "2", "local_addrs": ["192.0.2.1", "192.0.2.2"],
                        "proposals": ["aes128-sha256-x25519", "default"],
                        "local": message(["auth": "pubkey", "certs": ["MOON", "OTHER"]]),
                        "remote": message(["id": "sun", "cert1": message(["file": "/abs/x.pem"])]),
                        "children": message(["net": message(["local_ts": ["10.0.0.0/8"], "mode": "tunnel"])]),
                    ])
                ]))
        #expect(daemon.requests.last?.message == message(["name": "old"]))
    }

    @Test("nothing and unloads nothing when the file is wrong")
    func brokenFile() {
        let folder = Self.folder("connections {\n  gw { version 2 }\n}")
        let daemon = ScriptedDaemon(["get-conns": .init(response: message(["conns": ["gw"]]))])
        let (status, output) = swanctl("--load-all", daemon: daemon, folder: folder.path)
        #expect(status == 22)
        #expect(output.complaints.first?.hasPrefix("\(folder.path)/swanctl.conf:2:8: version is followed by") == true)
        #expect(daemon.requests.isEmpty)
    }

    @Test("a refusal is told with the place of the key that the daemon names")
    func placeOfFault() {
        let text = "connections { a {\n children { net {\n  mode = tunnel\n  rekey_time = 3hours\n } }\n }\n }"
        for (reason, place) in [
            ("invalid value for: rekey_time, config discarded", "4:3"),
            ("'children.net.mode': '3' is no mode", "3:3"), ("the connection has no child", "1:15"),
        ] {
            let folder = Self.folder(text)
            let daemon = ScriptedDaemon(["get-conns": .init(), "load-conn": .init(response: .failure(reason))])
            let (_, output) = swanctl("--load-conns", daemon: daemon, folder: folder.path)
            #expect(
                output.complaints.first == "loading connection 'a' failed: \(folder.path)/swanctl.conf:\(place): \(reason)")
        }
    }

    @Test("the other connections when one is refused or lacks a file")
    func partly() {
        let folder = Self.folder(
            "connections { a { local { certs = none.pem\n } }\n b { version = 9\n }\n }")
        let daemon = ScriptedDaemon([
            "get-conns": .init(response: message(["conns": ["a", "b"]])),
            "load-conn": .init(response: .failure("invalid value for: version")),
        ])
        let (status, output) = swanctl("--load-conns", daemon: daemon, folder: folder.path)
        #expect(status == 22)
        #expect(output.complaints.count == 3)
        #expect(output.complaints[0].contains("swanctl.conf:1:27: reading '\(folder.path)/x509/none.pem' failed"))
        #expect(
            output.complaints[1]
                == "loading connection 'b' failed: \(folder.path)/swanctl.conf:3:6: invalid value for: version")
        #expect(output.complaints[2] == "loaded 0 of 2 connections, 2 failed to load, 0 unloaded")
        #expect(daemon.requests.map(\.command) == ["get-conns", "load-conn"])
    }

    @Test("credentials: certificates, keys with passphrases, secrets with owners; removes the rest")
    func credentials() {
        let folder = Self.folder(
            """
            secrets {
              ike-1 { id = moon
                id-2 = sun
                secret = 0x0102 }
              eap-carol { id = carol
                secret = 0sAQID }
              private-a { file = locked.pem
                secret = "secret word" }
              pkcs12 { file = all.p12
                secret = "secret word" }
            }
            """)
        folder.write("x509ca/ca.pem", "CA")
        folder.write("private/locked.pem", SampleKeys.encrypted)
        folder.write("rsa/plain.pem", "-----BEGIN RSA PRIVATE KEY-----\n")
        folder.write("pkcs12/all.p12", Base64.decode(SampleKeys.container.filter { !$0.isWhitespace }) ?? [])
        folder.write("x509/.hidden", "no")
        let daemon = ScriptedDaemon([
            "get-keys": .init(response: message(["keys": ["aa", "bb"]])),
            "get-shared": .init(response: message(["keys": ["ike-1", "gone"]])),
            "load-cert": .init(response: .success), "load-shared": .init(response: .success),
            "load-key": .init(response: message(["success": "yes", "id": "aa"])),
            "unload-key": .init(response: .success), "unload-shared": .init(response: .success),
        ])
        let (status, output) = swanctl("--load-creds", "--noprompt", daemon: daemon, folder: folder.path)
        #expect(status == 0)
        #expect(output.complaints.isEmpty)
        let requests = daemon.requests.filter { !$0.command.hasPrefix("get-") }
        #expect(
            requests.map(\.command) == [
                "load-cert", "load-cert", "load-cert", "load-key", "load-key", "load-cert", "load-cert", "load-cert",
                "load-key", "load-shared", "load-shared", "unload-key", "unload-shared",
            ])
        #expect(requests[2].message == message(["type": "X509", "flag": "CA", "data": "CA"]))
        #expect(requests[4].message.bytes("data") == Array("-----BEGIN RSA PRIVATE KEY-----\n".utf8))
        #expect(requests[5...7].map { $0.message.string("flag") } == ["NONE", "CA", "CA"])
        for place in [3, 8] {
            #expect(requests[place].message.string("type") == "any")
            #expect(requests[place].message.element(at: ["passphrase"]) == nil)
            #expect((try? PrivateKey(data: requests[place].message.bytes("data") ?? []))?.kind == .ecdsa(bits: 256))
        }
        #expect(
            requests[9].message
                == message(["id": "ike-1", "type": "ike", "data": "\u{1}\u{2}", "owners": ["moon", "sun"]]))
        #expect(requests[10].message.bytes("data") == [1, 2, 3])
        #expect(requests[11].message == message(["id": "bb"]))
        #expect(requests[12].message == message(["id": "gone"]))
    }

    @Test("a passphrase that does not fit is told, and the daemon is not asked")
    func wrongPassphrase() {
        let folder = Self.folder("secrets { private-a { file = locked.pem\n secret = other } }")
        folder.write("private/locked.pem", SampleKeys.encrypted)
        let daemon = ScriptedDaemon(["get-keys": .init(), "get-shared": .init(), "load-cert": .init()])
        let (status, output) = swanctl("--load-creds", "--noprompt", daemon: daemon, folder: folder.path)
        #expect(status == 22)
        #expect(output.complaints.contains { $0.contains("locked.pem' failed: the passphrase does not fit") })
        #expect(!daemon.requests.contains { $0.command == "load-key" })
    }

    @Test("no key away while a key cannot be loaded")
    func keepsKeys() {
        let folder = Self.folder("secrets { ike-1 { secret = 0xzz } }")
        folder.write("private/locked.pem", SampleKeys.encrypted)
        let daemon = ScriptedDaemon([
            "get-keys": .init(response: message(["keys": ["aa"]])), "get-shared": .init(), "load-cert": .init(),
        ])
        let (status, output) = swanctl("--load-creds", "-n", daemon: daemon, folder: folder.path)
        #expect(status == 22)
        #expect(output.complaints.count == 3)
        #expect(output.complaints[0].contains("locked.pem' failed: it is encrypted"))
        #expect(output.complaints[1].contains("swanctl.conf:1:19: what follows 0x or 0s is not hexadecimal"))
        #expect(!daemon.requests.contains { $0.command == "unload-key" })
    }

    @Test("everything, credentials first")
    func all() {
        let folder = Self.folder(
            """
            pools { p { addrs = 10.0.0.0/24
              dns = 1.1.1.1, 8.8.8.8 } }
            authorities { A { cacert = ca.pem
              crl_uris = http://a, file:///b } }
            connections { c { } }
            """)
        folder.write("x509ca/ca.pem", "CA")
        let daemon = ScriptedDaemon([
            "clear-creds": .init(response: .success), "load-cert": .init(response: .success),
            "get-authorities": .init(), "load-authority": .init(response: .success),
            "get-pools": .init(), "load-pool": .init(response: .success),
            "get-conns": .init(), "load-conn": .init(response: .success),
        ])
        let (status, output) = swanctl("--load-all", "--clear", "-n", daemon: daemon, folder: folder.path)
        #expect(status == 0)
        #expect(output.lines.suffix(2) == ["loaded connection 'c'", "successfully loaded 1 connections, 0 unloaded"])
        #expect(
            daemon.requests.map(\.command) == [
                "clear-creds", "load-cert", "load-cert", "load-cert", "get-authorities", "load-authority", "get-pools",
                "load-pool", "get-conns", "load-conn",
            ])
        #expect(
            daemon.requests[5].message
                == message(["A": message(["cacert": "CA", "crl_uris": ["http://a", "file:///b"]])]))
        #expect(
            daemon.requests[7].message
                == message(["p": message(["addrs": "10.0.0.0/24", "dns": ["1.1.1.1", "8.8.8.8"]])]))
    }

    @Test("options from a file")
    func optionsFile() {
        let folder = Self.folder("connections { }")
        folder.write("options", "# filters\n--ike 'my gw'\n-n")
        let daemon = ScriptedDaemon(["list-sas": .init()])
        _ = swanctl("--list-sas", "--options", folder.path + "/options", daemon: daemon)
        #expect(daemon.requests.first?.message == message(["ike": "my gw", "noblock": "yes"]))
    }
}

@Suite("What does not fit into the control protocol")
struct OversizeTests {
    @Test("is named, and the rest is loaded")
    func oversize() {
        let folder = SwanctlLoadTests.folder("connections { a { local { certs = big.pem\n } }\n b { } }")
        folder.write("x509/big.pem", String(repeating: "x", count: 70_000))
        let daemon = ScriptedDaemon(["get-conns": .init(), "load-conn": .init(response: .success)])
        let (status, output) = swanctl("--load-conns", daemon: daemon, folder: folder.path)
        #expect(status == 22)
        #expect(output.lines == ["loaded connection 'b'"])
        #expect(
            output.complaints.first
                == "loading connection 'a' failed: the request cannot be sent: "
                + "the value of 'certs' has 70000 bytes, 65535 are possible")
    }
}
