import Configuration
import Glibc
import Testing

/// The text of a file of this repository.
private func repositoryFile(_ path: String) throws -> String {
    let here = #filePath
    let root = try #require(here.range(of: "/Tests/ConfigurationTests/").map { String(here[..<$0.lowerBound]) })
    let file = try #require(fopen(root + "/" + path, "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
}

extension String {
    fileprivate func range(of part: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
    }
}

@Suite("The files that are installed, and the manual")
struct DocumentationTests {
    @Test("conf/swand.conf is read without a word")
    func swandConf() throws {
        let files = MemoryFiles(contents: ["/etc/swand.conf": try repositoryFile("conf/swand.conf")])
        let loaded = DaemonSettings.load(files: files)
        #expect(loaded.diagnostics.isEmpty)
        #expect(loaded.settings == DaemonSettings())
    }

    @Test("conf/swand.conf with every example made real holds the defaults and a log")
    func swandConfExamples() throws {
        let text = try repositoryFile("conf/swand.conf").split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                guard line.hasPrefix("    # "), line.contains(" = ") || line.hasSuffix("{") || line.hasSuffix("}")
                else { return line.hasPrefix("#") ? "" : String(line) }
                return "    " + line.dropFirst(6)
            }.joined(separator: "\n")
        let loaded = DaemonSettings.load(files: MemoryFiles(contents: ["/etc/swand.conf": text]))
        #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
        #expect(loaded.settings.logs.count == 2)
        var settings = loaded.settings
        settings.logs = []
        #expect(settings == DaemonSettings())
    }

    @Test("conf/ipsec.conf and conf/ipsec.secrets are read without a word")
    func ipsecConf() throws {
        let files = MemoryFiles(contents: [
            "/etc/ipsec.conf": try repositoryFile("conf/ipsec.conf"),
            "/etc/ipsec.secrets": try repositoryFile("conf/ipsec.secrets"),
        ])
        let environment = ConfigurationEnvironment()
        let loaded = IPsecConfiguration.load(path: "/etc/ipsec.conf", files: files, environment: environment)
        #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics)")
        let secrets = IPsecSecrets.load(path: "/etc/ipsec.secrets", files: files, environment: environment)
        #expect(secrets.diagnostics.isEmpty)
    }

    @Test("the manual names every keyword and every setting")
    func manual() throws {
        let connections = try repositoryFile("docs/man/ipsec.conf.5")
        for word in IPsecConfiguration.keywords where !connections.contains(word) {
            // Words of the right side are described with those of the left.
            let left = word.hasPrefix("right") ? "left" + word.dropFirst(5) : word
            #expect(
                connections.contains(left) || word.hasSuffix("subnetwithin") || word.hasSuffix("rsasigkey"), "\(word)")
        }
        let settings = try repositoryFile("docs/man/swand.conf.5").split(separator: "\\").joined()
        for key in DaemonSettings.keys {
            let last = key.split(separator: ".").last.map(String.init) ?? key
            #expect(settings.contains(last), "\(key)")
        }
    }
}
