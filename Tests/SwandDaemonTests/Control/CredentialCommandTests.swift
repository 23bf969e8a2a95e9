import Configuration
import CryptoInterface
import IKESA
import IPsecModel
import PKI
import Testing
import VICI

@testable import SwandDaemon

@Suite("Credentials over the control socket")
struct CredentialCommandTests {
    /// CN=Test CA, Ed25519, valid for a hundred years.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBgjCCATSgAwIBAgIUdc8aWSj6e0Od/VvJeh7EuVCfTAkwBQYDK2VwMC8xCzAJ
        BgNVBAYTAkNIMQ4wDAYDVQQKDAVzd2FuZDEQMA4GA1UEAwwHVGVzdCBDQTAgFw0y
        NjExMjEyMTM0MzVaGA8yMTI2MTAyODIxMzQzNVowLzELMAkGA1UEBhMCQ0gxDjAM
        BgNVBAoMBXN3YW5kMRAwDgYDVQQDDAdUZXN0IENBMCowBQYDK2VwAyEAzFYhb+VY
        NK4cFoo2UozXi77VPE+eZ8Cn/nflnHtg/ACjYDBeMB0GA1UdDgQWBBQ4w1EcW8TB
        jqvAIgmzPMdkWvX6rTAfBgNVHSMEGDAWgBQ4w1EcW8TBjqvAIgmzPMdkWvX6rTAP
        BgNVHRMBAf8EBTADAQH/MAsGA1UdDwQEAwIBBjAFBgMrZXADQQBdWTVQdNoRr/DY
        rA+YCgIq689tTUicMR7JaX4imLRqWvz1Mb+juc1OO2ZnHvS8PMUoVhM8njsEQCIF
        FKbNmdUA
        -----END CERTIFICATE-----
        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJlCiXOaffqBQB1eSlGqfP4Tfgyqvm0CKuYOADXI5wrc
        -----END PRIVATE KEY-----
        """

    private struct House {
        let credentials = MemoryCredentialStore(timeOfDay: { 2_000_000_000 })
        let harness: ControlHarness
        let client: TestClient

        init() throws {
            let log = LogHub()
            let authorities = AuthorityStore(credentials: credentials)
            harness = try ControlHarness(extra: [
                CredentialCommands(credentials: credentials, authorities: authorities, log: log),
                AuthorityCommands(
                    store: authorities, loader: .init(files: HostFiles()), log: log, subject: { _ in "CN=Test CA" }),
            ])
            client = try harness.client()
        }

        func ask(_ command: String, _ fields: [(String, String)] = []) throws -> VICIMessage {
            try #require(try harness.ask(client, command, fields))
        }

        func ask(_ command: String, _ message: VICIMessage) throws -> VICIMessage {
            try #require(try harness.ask(client, command, message))
        }

        func list(_ fields: [(String, String)] = []) throws -> [VICIMessage] {
            client.events = []
            _ = try ask("list-certs", fields)
            return client.events.map(\.message)
        }
    }

    @Test("certificates are loaded, listed by type, flag and subject, and cleared")
    func certificates() throws {
        let house = try House()
        let fields = [("type", "X509"), ("flag", "CA"), ("data", Self.certificate)]
        #expect(try house.ask("load-cert", fields) == .success)
        try house.client.register("list-cert")
        try house.harness.turn { house.client.answer != nil }
        let listed = try house.list()
        #expect(listed.count == 1)
        #expect(listed[0].elements.map(\.name) == ["type", "flag", "data"])
        #expect(listed[0].bytes("data")?.first == 0x30)
        #expect(try house.list([("flag", "NONE")]).isEmpty)
        #expect(try house.list([("type", "X509_CRL")]).isEmpty)
        #expect(try house.list([("subject", "C=CH, O=swand, CN=Test CA")]).count == 1)
        #expect(try house.list([("subject", "CN=other")]).isEmpty)
        _ = try house.ask("load-key", [("type", "any"), ("data", Self.key)])
        #expect(try house.list()[0].string("has_privkey") == "yes")
        #expect(try house.ask("clear-creds") == .success)
        #expect(try house.list().isEmpty)
    }

    @Test("what is no credential is refused in words")
    func refusals() throws {
        let house = try House()
        let cases: [(String, [(String, String)])] = [
            ("load-cert", [("data", "x")]), ("load-cert", [("type", "X509")]),
            ("load-cert", [("type", "X509"), ("data", "x")]), ("load-cert", [("type", "Z"), ("data", "x")]),
            ("load-cert", [("type", "X509"), ("flag", "Q"), ("data", Self.certificate)]),
            ("load-cert", [("type", "PUBKEY"), ("data", "x")]), ("load-key", [("type", "rsa"), ("data", "x")]),
            ("load-key", []), ("load-shared", [("type", "IKE")]), ("load-shared", [("type", "TEA"), ("data", "x")]),
            ("unload-key", []), ("unload-key", [("id", "00")]), ("unload-shared", [("id", "none")]),
            ("unload-authority", [("name", "none")]),
        ]
        for (command, fields) in cases {
            let answer = try house.ask(command, fields)
            #expect(answer.string("success") == "no", "\(command) \(fields)")
            #expect(answer.string("errmsg")?.isEmpty == false)
        }
    }

    @Test("private keys are loaded under an identifier, and unloaded by it")
    func keys() throws {
        let house = try House()
        let id = try #require(try house.ask("load-key", [("type", "any"), ("data", Self.key)]).string("id"))
        #expect(id.count == 40)
        #expect(try house.ask("get-keys").strings("keys") == [id])
        #expect(try house.ask("unload-key", [("id", id)]) == .success)
        #expect(try house.ask("get-keys").strings("keys") == [])
    }

    @Test("shared keys are found by their owners, replaced and unloaded by their names")
    func sharedKeys() throws {
        let house = try House()
        var message = VICIMessage()
        message.set("id", "ike-1")
        message.set("type", "ike")
        message.set("data", bytes: [1, 0, 2])
        message.list("owners", ["gw.example.org"])
        #expect(try house.ask("load-shared", message) == .success)
        let gateway = Identification(fqdn: "gw.example.org")
        let other = Identification(fqdn: "other.example.org")
        let key = house.credentials.sharedKey(local: other, remote: gateway)
        #expect(key?.withUnsafeBytes { Array($0) } == [1, 0, 2])
        #expect(house.credentials.sharedKey(local: other, remote: other) == nil)
        #expect(try house.ask("get-shared").strings("keys") == ["ike-1"])
        #expect(try house.ask("unload-shared", [("id", "ike-1")]) == .success)
        #expect(house.credentials.sharedKey(local: other, remote: gateway) == nil)
    }

    @Test("an authority brings its certificate, outlives clear-creds and goes with its name")
    func authorities() throws {
        let house = try House()
        var message = VICIMessage()
        message.section("ca") { section in
            section.set("cacert", Self.certificate)
            section.list("crl_uris", ["http://example.org/ca.crl"])
        }
        #expect(try house.ask("load-authority", message) == .success)
        #expect(try house.ask("get-authorities").strings("authorities") == ["ca"])
        #expect(try house.ask("clear-creds") == .success)
        #expect(house.credentials.listCertificates(flag: .ca).count == 1)
        try house.client.register("list-authority")
        try house.harness.turn { house.client.answer != nil }
        _ = try house.ask("list-authorities")
        #expect(house.client.events[0].message.string("ca", "cacert") == "CN=Test CA")
        #expect(house.client.events[0].message.strings("ca", "crl_uris") == ["http://example.org/ca.crl"])
        #expect(try house.ask("unload-authority", [("name", "ca")]) == .success)
        #expect(house.credentials.listCertificates(flag: .ca).isEmpty)
    }
}
