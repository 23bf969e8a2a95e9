import CryptoInterface
import IPsecModel
import PKI
import Testing

@Suite("Revocation lists")
struct RevocationTests {
    private func list(_ pem: String) throws -> RevocationList { try RevocationList(data: Array(pem.utf8)) }

    private static let strict: RemoteAuthentication = {
        var authentication = RemoteAuthentication()
        authentication.revocation = .strict
        return authentication
    }()

    @Test("the list with the greater number counts, whichever was loaded first")
    func number() throws {
        for order in [
            [RevocationFixtures.emptyCRL, RevocationFixtures.laterCRL],
            [RevocationFixtures.laterCRL, RevocationFixtures.emptyCRL],
        ] {
            let store = try storeWithRoot()
            for pem in order { store.load(try list(pem), from: .control) }
            #expect(store.listRevocationLists().count == 1)
            #expect(store.verdict("moon.example.org", [Fixtures.moon]) == .revoked(subject: "C=CH, O=Test, CN=moon"))
        }
    }

    @Test("lists that were loaded before their CA are sorted when they are asked for")
    func loadedBeforeAuthority() throws {
        let store = MemoryCredentialStore { Fixtures.made + 60 }
        for pem in [RevocationFixtures.laterCRL, RevocationFixtures.emptyCRL] {
            store.load(try list(pem), from: .files)
        }
        try store.load(certificate(Fixtures.root), flag: .ca, from: .files)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == .revoked(subject: "C=CH, O=Test, CN=moon"))
    }

    @Test("a forged list with a greater number neither counts nor takes the good one away")
    func forged() throws {
        let store = try storeWithRoot()
        store.load(try list(RevocationFixtures.laterCRL), from: .control)
        store.load(try list(RevocationFixtures.forgedCRL), from: .control)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == .revoked(subject: "C=CH, O=Test, CN=moon"))
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], Self.strict) == nil)
    }

    @Test("a delta list revokes beside its base, until a newer base comes")
    func delta() throws {
        let store = try storeWithRoot()
        store.load(try list(RevocationFixtures.deltaCRL), from: .control)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) != nil)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], Self.strict) != nil)
        store.load(try list(RevocationFixtures.emptyCRL), from: .control)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) != nil)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], Self.strict) == nil)
        store.load(try list(RevocationFixtures.intermediateCRL), from: .control)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
    }

    @Test("an intermediate that is installed can be revoked all the same")
    func installedIntermediate() throws {
        let store = try storeWithRoot()
        try store.load(certificate(Fixtures.intermediate), flag: .ca, from: .control)
        #expect(store.verdict("sun.example.org", [Fixtures.sun]) == nil)
        store.load(try list(RevocationFixtures.intermediateCRL), from: .control)
        guard case .revoked = store.verdict("sun.example.org", [Fixtures.sun]) else {
            Issue.record("a certificate below a revoked CA was believed")
            return
        }
    }

    @Test("the trail says how far a certificate is believed, in charon's words")
    func trail() throws {
        let store = try storeWithRoot()
        store.load(try list(RevocationFixtures.laterCRL), from: .control)
        var trail: [String] = []
        func lines(_ identity: String, _ pems: [String]) throws -> [String] {
            trail = []
            _ = try? store.verifiedPeerKeys(
                identity: Identification(text: identity), certificates: try pems.map { try certificate($0).der },
                authentication: RemoteAuthentication(), trail: &trail)
            return trail
        }
        let good = try lines("sun.example.org", [Fixtures.sun, Fixtures.intermediate])
        #expect(good[0] == "  using certificate \"C=CH, O=Test, CN=sun\"")
        #expect(good[1] == "  using untrusted intermediate certificate \"C=CH, O=Test, CN=intermediate\"")
        #expect(good[2] == "  using trusted ca certificate \"C=CH, O=Test, CN=root\"")
        #expect(good[3] == "  reached self-signed root ca with a path length of 1")
        #expect(good.contains("certificate status is not available"))
        #expect(good.contains("certificate status is good"))
        let bad = try lines("moon.example.org", [Fixtures.moon])
        #expect(bad.last?.hasPrefix("certificate was revoked on 2026-") == true)
        #expect(bad.last?.hasSuffix("reason: key compromise") == true)
    }
}
