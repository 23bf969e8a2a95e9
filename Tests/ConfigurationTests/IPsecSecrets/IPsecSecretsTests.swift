import Configuration
import CryptoInterface
import IPsecModel
import Testing

@Suite("ipsec.secrets")
struct IPsecSecretsTests {
    func load(_ text: String, _ more: [String: String] = [:]) -> IPsecSecrets {
        let files = MemoryFiles(contents: more.merging(["/etc/ipsec.secrets": text]) { first, _ in first })
        return IPsecSecrets.load(path: "/etc/ipsec.secrets", files: files, environment: ConfigurationEnvironment())
    }

    func text(_ secret: SecretBytes) -> String { secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

    func preShared(_ secrets: IPsecSecrets) -> [String] {
        secrets.secrets.compactMap { if case .preShared(let secret) = $0.kind { text(secret) } else { nil } }
    }

    @Test("pre-shared keys: quoted, hexadecimal, base64, with and without owners")
    func preSharedKeys() {
        let loaded = load(
            """
            # comment
            192.0.2.1 @sun.example.org : PSK "a secret with # and 'marks'"
            : PSK 0x68656c6c6f
            :PSK 0saGVsbG8=
            %any 2001:db8::1 : PSK 'single "quoted"'   # comment
            user@example.org : psk bare
            """)
        #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
        #expect(preShared(loaded) == ["a secret with # and 'marks'", "hello", "hello", "single \"quoted\"", "bare"])
        #expect(
            loaded.secrets[0].owners == [
                Identification(address: IPAddress("192.0.2.1")!), Identification(fqdn: "sun.example.org"),
            ])
        #expect(loaded.secrets[1].owners.isEmpty)
        #expect(loaded.secrets[3].owners[0] == .any)
        #expect(loaded.secrets[3].location.line == 5)
    }

    @Test("private keys come from files, with passphrases; a missing file is a warning")
    func privateKeys() {
        let loaded = load(
            ": RSA moon.pem\n: ECDSA /keys/ec.pem \"pass phrase\"\n: PKCS8 x.pem\n: P12 c.p12 \"x\"\n",
            ["/etc/ipsec.d/private/moon.pem": "KEY", "/keys/ec.pem": "EC", "/etc/ipsec.d/private/c.p12": "P12"])
        #expect(loaded.secrets.count == 3)
        #expect(loaded.diagnostics.count == 1)
        #expect(loaded.diagnostics[0].severity == .warning)
        #expect(loaded.diagnostics[0].message.contains("/etc/ipsec.d/private/x.pem"))
        guard case .privateKey(let key) = loaded.secrets[1].kind else {
            Issue.record("not a private key")
            return
        }
        #expect(key.path == "/keys/ec.pem")
        #expect(key.type == .ecdsa)
        #expect(text(key.contents) == "EC")
        #expect(key.passphrase.map(text) == "pass phrase")
        guard case .container = loaded.secrets[2].kind else {
            Issue.record("not a container")
            return
        }
    }

    @Test("secrets and key files that everybody can read are warned of, and used")
    func exposed() {
        let files = MemoryFiles(
            contents: ["/etc/ipsec.secrets": ": PSK \"x\"\n: RSA moon.pem\n", "/etc/ipsec.d/private/moon.pem": "KEY"],
            exposed: ["/etc/ipsec.secrets", "/etc/ipsec.d/private/moon.pem"])
        let loaded = IPsecSecrets.load(
            path: "/etc/ipsec.secrets", files: files, environment: ConfigurationEnvironment())
        #expect(loaded.secrets.count == 2)
        #expect(loaded.diagnostics.map(\.severity) == [.warning, .warning])
        #expect(loaded.diagnostics.allSatisfy { $0.message.hasPrefix("everybody on this machine can read") })
    }

    @Test("passwords and hashes")
    func passwords() {
        let loaded = load("carol : EAP \"pw\"\ndave : XAUTH \"pw\"\nerna : NTLM 0x00112233445566778899aabbccddeeff\n")
        #expect(loaded.diagnostics.isEmpty)
        #expect(loaded.secrets.count == 3)
    }

    @Test("includes, with patterns and a limit of depth")
    func includes() {
        let loaded = load(
            "include ipsec.*.secrets\n",
            ["/etc/ipsec.a.secrets": ": PSK \"a\"\n", "/etc/ipsec.b.secrets": ": PSK \"b\"\n"])
        #expect(preShared(loaded) == ["a", "b"])
        let loop = load("include ipsec.secrets\n: PSK \"x\"\n")
        #expect(loop.hasErrors)
        #expect(preShared(loop).count == 11)
        #expect(load("include /none/*\n").diagnostics.map(\.severity) == [.warning])
    }

    static let bad: [(String, Int, String)] = [
        (": PSK", 3, "'PSK' has no secret"),
        (": PSK \"x\" \"y\"", 11, "more than one secret"),
        (": PSK two words", 11, "quote a secret that has blanks"),
        (": PSK \"x", 7, "never closed"),
        (": PKS \"x\"", 3, "did you mean 'PSK'?"),
        (": RSA", 3, "no file is named"),
        (": RSA {", 7, "convert it to PEM"),
        (": RSA key.pem %prompt", 15, "no terminal"),
        (": PIN %smartcard %prompt", 3, "tokens are not offered"),
        ("user: EAP \"x\"", 1, "put blanks around the ':'"),
        ("user", 1, "no ':'"),
        ("user :", 6, "nothing follows"),
        (": PSK 0x123", 7, "not hexadecimal"),
        (": PSK 0s$$", 7, "not base64"),
        ("e : NTLM 0x00", 5, "16 octets"),
        ("\"C=CH, ZZ=x\" : PSK \"x\"", 1, "is no identity"),
        ("include a b", 1, "one pattern"),
    ]

    @Test("a fault is told with its place and never with the secret, and costs its own line only", arguments: bad)
    func faults(line: String, column: Int, part: String) throws {
        let loaded = load("\(line)\n: PSK \"good\"\n")
        let error = try #require(loaded.diagnostics.first)
        #expect(error.location == SourceLocation(file: "/etc/ipsec.secrets", line: 1, column: column))
        #expect(error.description.contains(part), "\(error)")
        #expect(preShared(loaded) == ["good"])
    }

    @Test("a file that is missing is one error")
    func missing() {
        let loaded = IPsecSecrets.load(path: "/none", files: MemoryFiles(), environment: ConfigurationEnvironment())
        #expect(loaded.secrets.isEmpty)
        #expect(loaded.diagnostics.count == 1)
    }

    @Test("every truncation and every replaced byte is read without a trap")
    func mutations() {
        let text = Array("a@b %any : PSK \"x\"\n: RSA k 'p'\ninclude x\nu : EAP 0s4444\n:PSK 0xab\n".utf8)
        for count in text.indices { _ = load(String(decoding: text[..<count], as: UTF8.self)) }
        for index in text.indices {
            for byte: UInt8 in [0, 9, 10, 32, 34, 35, 39, 58, 255] {
                var copy = text
                copy[index] = byte
                _ = load(String(decoding: copy, as: UTF8.self))
            }
        }
    }
}
