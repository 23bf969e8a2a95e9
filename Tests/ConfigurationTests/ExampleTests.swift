import Configuration
import Glibc
import IPsecModel
import Testing

/// The repository, as files: every path below `conf/examples` and `docs`, read from disk; certificates that examples
/// name are there whatever they are called.
private struct RepositoryFiles: ConfigurationFiles {
    let root: String

    init() throws {
        let here = #filePath
        let end = try #require(here.indices.first { here[$0...].hasPrefix("/Tests/ConfigurationTests/") })
        root = String(here[..<end])
    }

    func text(_ path: String) throws(FileFailure) -> String { String(decoding: try read(path), as: UTF8.self) }

    func read(_ path: String) throws(FileFailure) -> [UInt8] {
        guard !path.hasPrefix("/etc/") else { return Array(somePEM.utf8) }
        guard let file = fopen(root + "/" + path, "r") else { throw FileFailure("No such file or directory") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return bytes
    }

    func glob(_ pattern: String) -> [String] { [pattern] }
}

@Suite("The examples and the reference")
struct ExampleTests {
    static let examples = ["net-net-psk", "net-net-cert", "host-host", "gateway"]
    let environment = ConfigurationEnvironment(isLocal: { $0 == IPAddress("192.0.2.1") })

    @Test("every ipsec.conf is read without a word", arguments: examples)
    func ipsecConf(_ name: String) throws {
        let files = try RepositoryFiles()
        let loaded = IPsecConfiguration.load(
            path: "conf/examples/\(name)/ipsec.conf", files: files, environment: environment)
        #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
        #expect(!loaded.connections.isEmpty)
        let secrets = IPsecSecrets.load(
            path: "conf/examples/\(name)/ipsec.secrets", files: files, environment: environment)
        #expect(secrets.diagnostics.isEmpty, "\(secrets.diagnostics)")
        #expect(secrets.secrets.count == 1)
    }

    @Test("every swanctl.conf is read without a word", arguments: examples)
    func swanctlConf(_ name: String) throws {
        let files = try RepositoryFiles()
        let root = try SettingsParser.parse(path: "conf/examples/\(name)/swanctl.conf", files: files)
        let connections = try #require(root.section("connections")?.sections)
        #expect(!connections.isEmpty)
        for section in connections {
            // swanctl sends the content of certificates; here their names stand in.
            var node = ConfigurationNode(section)
            node.removeFiles()
            let loaded = try ConnectionLoader(environment: environment, files: files).load(name: section.name, node)
            #expect(loaded.warnings.isEmpty, "\(loaded.warnings)")
            #expect(!loaded.peer.children.isEmpty)
        }
    }

    @Test("the reference names every keyword and every setting")
    func reference() throws {
        let text = try RepositoryFiles().text("docs/configuration.md")
        for word in IPsecConfiguration.keywords where !word.hasPrefix("right") && word != "leftsubnetwithin" {
            #expect(text.contains("`\(word)`"), "\(word)")
        }
        for key in DaemonSettings.keys {
            let last = key.split(separator: ".").last.map(String.init) ?? key
            #expect(text.contains("`\(key)`") || text.contains("`.\(last)`"), "\(key)")
        }
    }
}

extension ConfigurationNode {
    fileprivate mutating func removeFiles() {
        items = items.compactMap { item in
            guard case .section(var inner) = item.content else {
                return ["certs", "cacerts"].contains(item.key) ? nil : item
            }
            inner.removeFiles()
            return Item(key: item.key, content: .section(inner))
        }
    }
}
