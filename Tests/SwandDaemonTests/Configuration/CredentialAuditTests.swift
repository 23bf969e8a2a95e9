import Configuration
import IPsecModel
import OpenSSLCrypto
import PKI
import Testing

@testable import SwandDaemon

@Suite("What --check says about secrets, keys and certificates")
struct CredentialAuditTests {
    private func problems(_ conn: String, secrets: String, _ more: [String: String] = [:]) -> [String] {
        let files = MemoryFiles(["/etc/ipsec.conf": conn, "/etc/ipsec.secrets": secrets].merging(more) { $1 })
        let environment = ConfigurationEnvironment.daemon(
            crypto: OpenSSLProvider(), kernel: StandInKernel(), replayWindow: 32)
        let read = ConfigurationReader(options: DaemonOptions(), files: files).readFiles(environment)
        return CredentialAudit(read.credentials, timeOfDay: { 2_000_000_000 }).problems(of: read.connections.connections)
    }

    private static let psk = "conn net\n left=203.0.113.1\n leftid=@moon\n right=203.0.113.2\n rightid=@sun\n authby=secret\n auto=add\n"

    @Test("a connection whose identities no secret is for")
    func noSecret() {
        #expect(problems(Self.psk, secrets: "@moon @sun : PSK \"x\"\n").isEmpty)
        #expect(problems(Self.psk, secrets: ": PSK \"x\"\n").isEmpty)
        let found = problems(Self.psk, secrets: "@mars @venus : PSK \"x\"\n")
        #expect(
            found == [
                "/etc/ipsec.conf:1:1: warning: connection 'net': no shared key found for 'moon' - 'sun' in the secrets"
            ])
        let byAddress = Self.psk.split(separator: "\n").filter { !$0.contains("id=") }.joined(separator: "\n") + "\n"
        #expect(problems(byAddress, secrets: "203.0.113.1 203.0.113.2 : PSK \"x\"\n").isEmpty)
        #expect(problems(byAddress, secrets: "203.0.113.9 : PSK \"x\"\n").first?.contains("'203.0.113.1' - '203.0.113.2'") == true)
    }

    @Test("a connection with certificates and neither key nor CA")
    func noKey() {
        let conn = Self.psk.split(separator: "\n").filter { !$0.contains("authby") }.joined(separator: "\n") + "\n"
        let found = problems(conn, secrets: "")
        #expect(found.count == 2)
        #expect(found.first?.contains("no private key found for 'moon': no certificate is configured") == true)
        #expect(found.last?.contains("no CA certificate is there") == true)
    }
}
