import Configuration
import Testing

@Suite("Authorities as swanctl.conf and load-authority describe them")
struct AuthorityLoaderTests {
    func load(_ text: String) throws -> (authority: AuthorityConfig, warnings: [String]) {
        try AuthorityLoader(files: MemoryFiles(contents: ["/ca.pem": somePEM])).load(name: "ca", node(text))
    }

    @Test("certificates come as bytes or from files, addresses as lists")
    func keys() throws {
        var tree = try node("crl_uris = http://a/1.crl, http://a/2.crl\nfile = /ca.pem")
        tree.append("cacert", .value(someDER))
        let loaded = try AuthorityLoader(files: MemoryFiles(contents: ["/ca.pem": somePEM])).load(name: "ca", tree)
        #expect(loaded.authority.certificates == [someDER, someDER])
        #expect(loaded.authority.crlURIs.count == 2)
        #expect(loaded.warnings == ["'crl_uris' has no effect yet"])
    }

    @Test("a missing file is a warning, a wrong key or value a refusal")
    func faults() throws {
        #expect(try load("file = /none.pem").warnings.count == 1)
        #expect(throws: ConnectionLoadError.self) { try load("cacert = x") }
        #expect(throws: ConnectionLoadError.self) { try load("handle = 1") }
        let error = #expect(throws: ConnectionLoadError.self) { try load("crl_uri = x") }
        #expect(error?.suggestion == "did you mean 'crl_uris'?")
    }
}
