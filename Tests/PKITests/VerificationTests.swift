import CryptoInterface
import IPsecModel
import PKI
import Testing

@Suite("Trust in a peer's certificate")
struct VerificationTests {
    @Test("a chain to a configured CA is believed, and again from the cache")
    func good() throws {
        let store = try storeWithRoot()
        for _ in 0..<2 {
            #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
            #expect(store.verdict("C=CH, O=Test, CN=moon", [Fixtures.moon]) == nil)
            #expect(store.verdict("10.1.0.1", [Fixtures.moon]) == nil)
            #expect(store.verdict("sun.example.org", [Fixtures.sun, Fixtures.intermediate]) == nil)
            #expect(store.verdict("rsa.example.org", [Fixtures.rsa]) == nil)
            #expect(store.verdict("ed25519.example.org", [Fixtures.ed25519]) == nil)
            #expect(store.verdict("kind.example.org", [Fixtures.kind, Fixtures.constrained]) == nil)
            #expect(store.verdict("moon.example.org", [Fixtures.moon, Fixtures.otherRoot, ""]) == nil)
        }
    }

    @Test("an identity that the certificate does not speak for")
    func wrongIdentity() throws {
        let store = try storeWithRoot()
        for identity in ["sun.example.org", "%any", "*.example.org", "C=CH, O=Test, CN=*"] {
            guard case .identityNotConfirmed(_, let subject, let found) = store.verdict(identity, [Fixtures.moon])
            else {
                Issue.record("\(identity) was not refused for its identity")
                continue
            }
            #expect(subject == "C=CH, O=Test, CN=moon")
            #expect(found.contains("moon.example.org"))
        }
    }

    @Test("no CA, another CA, a missing intermediate")
    func untrusted() throws {
        let store = try storeWithRoot()
        for (identity, chain) in [
            ("moon.example.org", [Fixtures.impostor]), ("moon.example.org", [Fixtures.impostor, Fixtures.otherRoot]),
            ("sun.example.org", [Fixtures.sun]),
        ] {
            guard case .untrusted = store.verdict(identity, chain) else {
                Issue.record("\(identity) was not refused as untrusted")
                continue
            }
        }
        let empty = MemoryCredentialStore { Fixtures.made }
        guard case .untrusted(let subject, let issuer, _) = empty.verdict("moon.example.org", [Fixtures.moon]) else {
            Issue.record("believed without a CA")
            return
        }
        #expect(subject == "C=CH, O=Test, CN=moon")
        #expect(issuer == "C=CH, O=Test, CN=root")
    }

    @Test("a CA that another one signed is no anchor, and takes nothing away from the checks above it")
    func intermediateAnchor() throws {
        let store = MemoryCredentialStore { Fixtures.made + 60 }
        try store.load(certificate(Fixtures.intermediate), flag: .ca, from: .files)
        guard case .untrusted(let subject, let issuer, _) = store.verdict("sun.example.org", [Fixtures.sun]) else {
            Issue.record("believed without a root")
            return
        }
        #expect(subject == "C=CH, O=Test, CN=intermediate")
        #expect(issuer == "C=CH, O=Test, CN=root")
        try store.load(certificate(Fixtures.root), flag: .ca, from: .files)
        #expect(store.verdict("sun.example.org", [Fixtures.sun]) == nil)
        try store.load(certificate(Fixtures.tooDeep), flag: .ca, from: .files)
        guard case .constraint = store.verdict("deep.example.org", [Fixtures.deep]) else {
            Issue.record("the path length was passed over because the intermediate is installed")
            return
        }
        var root = RemoteAuthentication()
        root.authorities = [try certificate(Fixtures.root).der]
        #expect(store.verdict("sun.example.org", [Fixtures.sun], root) == nil)
    }

    @Test("the daemon's rules: critical extensions, end entities that are installed, the order of names")
    func rules() throws {
        let store = try storeWithRoot()
        store.rules.enforcesCriticalExtensions = false
        #expect(store.verdict("critical.example.org", [Fixtures.critical]) == nil)
        store.rules.enforcesCriticalExtensions = true
        #expect(store.verdict("critical.example.org", [Fixtures.critical]) != nil)

        try store.load(certificate(Fixtures.moon), from: .files)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
        store.rules.rejectsTrustedEndEntity = true
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) != nil)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa]) == nil)

        #expect(store.verdict("CN=rsa, O=Test, C=CH", [Fixtures.rsa]) != nil)
        for names in [NameMatching.reordered, .relaxed] {
            store.rules.names = names
            #expect(store.verdict("CN=rsa, O=Test, C=CH", [Fixtures.rsa]) == nil)
            #expect(store.verdict("CN=rsa, C=CH", [Fixtures.rsa]) != nil)
            #expect(store.verdict("CN=*, O=Test, C=CH", [Fixtures.rsa]) != nil)
        }
    }

    @Test("too early and too late, from the cache as well")
    func validity() throws {
        let calendar = Calendar()
        let store = try storeWithRoot(calendar)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
        calendar.now += 40_000 * Calendar.day
        guard case .expired(_, let notAfter) = store.verdict("moon.example.org", [Fixtures.moon]) else {
            Issue.record("not expired")
            return
        }
        #expect(notAfter.hasPrefix("21") && notAfter.hasSuffix("UTC"))
        calendar.now = Fixtures.made - 10 * Calendar.day
        guard case .notYetValid = store.verdict("moon.example.org", [Fixtures.moon]) else {
            Issue.record("valid too early")
            return
        }
        calendar.now = Fixtures.made + 60
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
    }

    @Test("path length, name constraints, critical extensions, issuers that are no CA")
    func constraints() throws {
        let store = try storeWithRoot()
        for (identity, chain) in [
            ("deep.example.org", [Fixtures.deep, Fixtures.tooDeep, Fixtures.intermediate]),
            ("evil.example.net", [Fixtures.evil, Fixtures.constrained]),
            ("critical.example.org", [Fixtures.critical]),
            ("notca.example.org", [Fixtures.notCA, Fixtures.moon]),
        ] {
            guard case .constraint(_, let reason) = store.verdict(identity, chain) else {
                Issue.record("\(identity) broke no constraint: \(String(describing: store.verdict(identity, chain)))")
                continue
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test("revocation lists: revoked, good, out of date, by somebody else")
    func revocation() throws {
        let calendar = Calendar()
        let store = try storeWithRoot(calendar)
        var strict = RemoteAuthentication()
        strict.revocation = .strict
        var ifURI = RemoteAuthentication()
        ifURI.revocation = .ifURI
        #expect(store.verdict("revoked.example.org", [Fixtures.revoked]) == nil)
        #expect(store.verdict("moon.example.org", [Fixtures.moon], strict) != nil)
        #expect(store.verdict("moon.example.org", [Fixtures.moon], ifURI) != nil)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], ifURI) == nil)

        store.load(try RevocationList(data: Array(Fixtures.otherCRL.utf8)), from: .control)
        #expect(store.verdict("moon.example.org", [Fixtures.moon], strict) != nil)
        #expect(store.load(try RevocationList(data: Array(Fixtures.rootCRL.utf8)), from: .control))
        #expect(
            store.verdict("revoked.example.org", [Fixtures.revoked]) == .revoked(subject: "C=CH, O=Test, CN=revoked"))
        #expect(store.verdict("moon.example.org", [Fixtures.moon], strict) == nil)
        #expect(store.listRevocationLists().count == 2)

        calendar.now += 31 * Calendar.day
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
        #expect(store.verdict("moon.example.org", [Fixtures.moon], strict) != nil)
        #expect(store.verdict("revoked.example.org", [Fixtures.revoked]) != nil)
    }

    @Test("an altered revocation list revokes nothing")
    func forgedList() throws {
        let store = try storeWithRoot()
        var der = try RevocationList(data: Array(Fixtures.rootCRL.utf8)).der
        der[der.count - 1] ^= 1
        if let forged = try? RevocationList(data: der) { store.load(forged, from: .control) }
        #expect(store.verdict("revoked.example.org", [Fixtures.revoked]) == nil)
    }

    @Test("a certificate that was loaded itself needs no CA")
    func trustedItself() throws {
        let calendar = Calendar()
        let store = MemoryCredentialStore { calendar.now }
        let moon = try certificate(Fixtures.moon)
        var configured = RemoteAuthentication()
        configured.certificates = [moon.der]
        #expect(store.verdict("moon.example.org", [Fixtures.moon], configured) == nil)
        #expect(store.verdict("moon.example.org", [], configured) == nil)
        guard case .untrusted = store.verdict("moon.example.org", [Fixtures.impostor], configured) else {
            Issue.record("an impostor was believed")
            return
        }
        #expect(store.verdict("moon.example.org", []) == .noCertificate(identity: "moon.example.org"))
        try store.load(moon, from: .files)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
        #expect(store.verdict("moon.example.org", []) == nil)
        calendar.now += 40_000 * Calendar.day
        guard case .expired = store.verdict("moon.example.org", [Fixtures.moon]) else {
            Issue.record("an expired certificate was believed")
            return
        }
    }

    @Test("with certificates configured, another of the same CA is refused")
    func pinned() throws {
        let store = try storeWithRoot()
        var configured = RemoteAuthentication()
        configured.certificates = [try certificate(Fixtures.moon).der]
        #expect(store.verdict("moon.example.org", [Fixtures.moon], configured) == nil)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], configured) != nil)
    }

    @Test("the CAs of the configuration")
    func authorities() throws {
        let store = try storeWithRoot()
        try store.load(certificate(Fixtures.otherRoot), flag: .ca, from: .files)
        var authentication = RemoteAuthentication()
        authentication.authorities = [try certificate(Fixtures.root).der]
        #expect(store.verdict("moon.example.org", [Fixtures.moon], authentication) == nil)
        #expect(store.verdict("moon.example.org", [Fixtures.impostor]) == nil)
        #expect(store.verdict("moon.example.org", [Fixtures.impostor], authentication) != nil)
        authentication.authorities = [try certificate(Fixtures.intermediate).der]
        #expect(store.verdict("sun.example.org", [Fixtures.sun, Fixtures.intermediate], authentication) == nil)

        var named = RemoteAuthentication()
        named.authorityIdentity = Identification(text: "C=CH, O=Test, CN=root")
        #expect(store.verdict("moon.example.org", [Fixtures.moon], named) == nil)
        #expect(store.verdict("moon.example.org", [Fixtures.impostor], named) != nil)

        let root = try certificate(Fixtures.root).publicKeyHash
        let other = try certificate(Fixtures.otherRoot).publicKeyHash
        #expect(Set(store.acceptedAuthorities(for: nil)) == [root, other])
        #expect(store.acceptedAuthorities(for: named) == [root])
        authentication.authorities = [try certificate(Fixtures.otherRoot).der]
        #expect(store.acceptedAuthorities(for: authentication) == [other])
    }

    @Test("a CA that only a configuration names is an anchor for that configuration alone")
    func additionalAnchor() throws {
        let store = try storeWithRoot()
        var authentication = RemoteAuthentication()
        authentication.authorities = [try certificate(Fixtures.otherRoot).der]
        for _ in 0..<2 {
            #expect(store.verdict("moon.example.org", [Fixtures.impostor], authentication) == nil)
            #expect(store.verdict("moon.example.org", [Fixtures.impostor]) != nil)
            #expect(store.verdict("moon.example.org", [Fixtures.moon], authentication) != nil)
        }
        authentication.authorities = [try certificate(Fixtures.impostor).der, [1, 2, 3]]
        #expect(store.verdict("moon.example.org", [Fixtures.impostor], authentication) != nil)
    }

    @Test("key sizes and hashes of the configuration hold for the whole chain")
    func strength() throws {
        let store = try storeWithRoot()
        func demand(_ constraints: SignatureConstraint...) -> RemoteAuthentication {
            var authentication = RemoteAuthentication()
            authentication.schemes = constraints
            return authentication
        }
        let ecdsa = SignatureConstraint(key: .ecdsa, leastBits: 256, hashes: ["sha256"])
        #expect(store.verdict("moon.example.org", [Fixtures.moon], demand(ecdsa)) == nil)
        #expect(store.verdict("weak.example.org", [Fixtures.weak]) == nil)
        #expect(store.verdict("weak.example.org", [Fixtures.weak], demand(ecdsa)) != nil)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], demand(ecdsa)) != nil)
        let rsa = SignatureConstraint(key: .rsa, leastBits: 2048)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], demand(ecdsa, rsa)) == nil)
        let strongRSA = SignatureConstraint(key: .rsa, leastBits: 4096)
        #expect(store.verdict("rsa.example.org", [Fixtures.rsa], demand(ecdsa, strongRSA)) != nil)
        let strong = SignatureConstraint(key: .ecdsa, leastBits: 384)
        #expect(store.verdict("moon.example.org", [Fixtures.moon], demand(strong)) != nil)
        let inIKE = SignatureConstraint(key: .ecdsa, leastBits: 384, onlyIKE: true)
        #expect(store.verdict("moon.example.org", [Fixtures.moon], demand(inIKE)) == nil)
        let anyKey = SignatureConstraint(key: .any, hashes: ["sha384"])
        #expect(store.verdict("moon.example.org", [Fixtures.moon], demand(anyKey)) != nil)
    }

    @Test("policies of the configuration; groups are refused")
    func policies() throws {
        let store = try storeWithRoot()
        func demand(_ policies: String...) -> RemoteAuthentication {
            var authentication = RemoteAuthentication()
            authentication.certificatePolicies = policies
            return authentication
        }
        let chain = [Fixtures.policy, Fixtures.anyPolicy]
        #expect(try certificate(Fixtures.policy).policies == ["1.3.6.1.4.1.36906.1.2", "1.2.3"])
        #expect(store.verdict("policy.example.org", chain, demand("1.2.3")) == nil)
        #expect(store.verdict("policy.example.org", chain, demand("1.2.3", "1.3.6.1.4.1.36906.1.2")) == nil)
        #expect(store.verdict("policy.example.org", chain, demand("1.2.4")) != nil)
        #expect(store.verdict("policy.example.org", chain, demand("2.5.29.32.0")) != nil)
        #expect(store.verdict("moon.example.org", [Fixtures.moon], demand("1.2.3")) != nil)
        let below = [Fixtures.policyBelow, Fixtures.intermediate]
        #expect(store.verdict("below.example.org", below) == nil)
        #expect(store.verdict("below.example.org", below, demand("1.2.3")) != nil)

        var groups = RemoteAuthentication()
        groups.groups = ["staff"]
        #expect(store.verdict("moon.example.org", [Fixtures.moon], groups) != nil)
    }

    @Test("raw public keys of the configuration stand for a peer without certificates")
    func rawKeys() throws {
        let store = MemoryCredentialStore { Fixtures.made }
        var authentication = RemoteAuthentication()
        authentication.publicKeys = [try certificate(Fixtures.moon).subjectPublicKeyInfo, [1, 2]]
        var trail: [String] = []
        let keys = try store.verifiedPeerKeys(
            identity: Identification(text: "moon"), certificates: [], authentication: authentication, trail: &trail)
        #expect(keys.count == 1)
    }
}
