import CryptoInterface
import IPsecModel
import Testing

@testable import PKI

@Suite("The store of credentials")
struct CredentialStoreTests {
    // MARK: Shared keys

    static func key(_ secret: String, _ owners: String..., id: String? = nil) -> SharedKey {
        SharedKey(
            id: id, secret: SecretBytes(copying: Array(secret.utf8)), owners: owners.map(Identification.init(text:)))
    }

    private func found(_ store: MemoryCredentialStore, _ local: String, _ remote: String) -> String? {
        store.sharedKey(local: Identification(text: local), remote: Identification(text: remote))
            .map { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    }

    @Test("the most exact owners win; the peer's identity counts first")
    func sharedKeys() {
        let store = MemoryCredentialStore { 0 }
        store.load(Self.key("everyone"), from: .files)
        #expect(found(store, "moon", "sun") == "everyone")
        store.load(Self.key("any", "%any"), from: .control)
        store.load(Self.key("org", "*.example.org"), from: .control)
        store.load(Self.key("sun", "sun.example.org"), from: .files)
        store.load(Self.key("both", "moon.example.org", "sun.example.org"), from: .control)
        store.load(Self.key("address", "10.0.0.1"), from: .control)
        #expect(found(store, "moon.example.org", "sun.example.org") == "both")
        #expect(found(store, "mars.example.org", "sun.example.org") == "sun")
        #expect(found(store, "x", "venus.example.org") == "org")
        #expect(found(store, "x", "10.0.0.1") == "address")
        #expect(found(store, "x", "y") != nil)
    }

    @Test("the index finds what a walk over all keys finds")
    func index() {
        let names = ["a", "b", "*", "%any", "10.0.0.1", "x@y", "*@y", "C=CH, CN=a", "C=CH, CN=*", "c=ch, cn=A", "A"]
        let asked = ["a", "b", "c", "10.0.0.1", "10.0.0.2", "x@y", "z@y", "C=CH, CN=a", "C=CH, CN=z", "%any"]
        var state: UInt64 = 88_172_645_463_325_252
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for round in 0..<200 {
            let store = MemoryCredentialStore { 0 }
            var keys: [SharedKey] = []
            for number in 0..<next(8) {
                let owners = (0..<next(4)).map { _ in Identification(text: names[next(names.count)]) }
                let key = SharedKey(secret: SecretBytes(copying: [UInt8(number)]), owners: owners)
                keys.append(key)
                store.load(key, from: .control)
            }
            for local in asked {
                for remote in asked {
                    let (me, peer) = (Identification(text: local), Identification(text: remote))
                    let best = keys.compactMap { $0.quality(local: me, remote: peer) }.max { $0 < $1 }
                    let found = store.sharedKey(local: me, remote: peer)
                    let key = keys.first { $0.secret === found }
                    #expect(
                        key.flatMap { $0.quality(local: me, remote: peer) }.map { [$0.remote, $0.local] }
                            == best.map { [$0.remote, $0.local] }, "round \(round): \(local) and \(remote)")
                }
            }
        }
    }

    @Test("a key for others is nobody's; other uses are apart")
    func noSharedKey() {
        let store = MemoryCredentialStore { 0 }
        store.load(Self.key("sun", "sun", "venus"), from: .files)
        #expect(found(store, "moon", "mars") == nil)
        #expect(found(store, "sun", "mars") == "sun")
        var eap = Self.key("eap", "mars")
        eap.use = .eap
        store.load(eap, from: .files)
        #expect(found(store, "moon", "mars") == nil)
        #expect(store.sharedKey(.eap, local: .any, remote: Identification(text: "mars")) != nil)
    }

    @Test("shared keys are replaced, listed, unloaded and cleared by name and source")
    func sharedKeyCommands() {
        let store = MemoryCredentialStore { 0 }
        store.load(Self.key("one", "sun", id: "ike-1"), from: .control)
        store.load(Self.key("two", "sun", id: "ike-1"), from: .control)
        store.load(Self.key("file", "mars"), from: .files)
        #expect(store.sharedKeyNames(from: .control) == ["ike-1"])
        #expect(store.sharedKeyNames(from: .files).isEmpty)
        #expect(found(store, "moon", "sun") == "two")
        #expect(!store.unload(sharedKey: "ike-1", from: .files))
        #expect(store.unload(sharedKey: "ike-1", from: .control))
        #expect(!store.unload(sharedKey: "ike-1", from: .control))
        #expect(found(store, "moon", "sun") == nil)
        store.clear(.control)
        #expect(found(store, "moon", "mars") == "file")
        store.clear(.files)
        #expect(found(store, "moon", "mars") == nil)
    }

    // MARK: Our own credentials

    @Test("our certificate, its key and the intermediates go together")
    func localCredential() throws {
        let store = try storeWithRoot()
        try store.load(certificate(Fixtures.intermediate), flag: .ca, from: .control)
        try store.load(certificate(Fixtures.sun), from: .control)
        try store.load(certificate(Fixtures.moon), from: .control)
        store.load(try privateKey(Fixtures.sunKey), from: .control)
        var authentication = LocalAuthentication()
        authentication.identity = Identification(text: "sun.example.org")
        let byIdentity = try store.localCredential(for: authentication, authorities: [])
        #expect(byIdentity.chain == [try certificate(Fixtures.sun).der, try certificate(Fixtures.intermediate).der])
        #expect(byIdentity.identity.description == "C=CH, O=Test, CN=sun")

        authentication = LocalAuthentication()
        authentication.certificates = [try certificate(Fixtures.moon).der, try certificate(Fixtures.sun).der]
        #expect(try store.localCredential(for: authentication, authorities: []).identity.description.hasSuffix("sun"))
        store.load(try privateKey(Fixtures.moonKey), from: .files)
        #expect(try store.localCredential(for: authentication, authorities: []).identity.description.hasSuffix("moon"))
        let wanted = try certificate(Fixtures.intermediate).publicKeyHash
        let preferred = try store.localCredential(for: authentication, authorities: [[1], wanted])
        #expect(preferred.identity.description.hasSuffix("sun"))
        let signature = try preferred.key.sign(.ecdsa(.sha256), [1])
        #expect(
            try #require(try certificate(Fixtures.sun).publicKey).isValid(signature, scheme: .ecdsa(.sha256), over: [1])
        )
    }

    @Test("what is missing is named")
    func missing() throws {
        let store = try storeWithRoot()
        var authentication = LocalAuthentication()
        authentication.identity = Identification(text: "moon.example.org")
        let nothing = "no certificate is configured, and none that is loaded speaks for it"
        #expect(throws: CredentialError.noPrivateKey(identity: "moon.example.org", reason: nothing)) {
            try store.localCredential(for: authentication, authorities: [])
        }
        try store.load(certificate(Fixtures.moon), from: .control)
        let noKey = "no key that is loaded belongs to the certificate 'C=CH, O=Test, CN=moon'"
        #expect(throws: CredentialError.noPrivateKey(identity: "moon.example.org", reason: noKey)) {
            try store.localCredential(for: authentication, authorities: [])
        }
        authentication.certificates = [[1, 2, 3]]
        #expect(throws: CredentialError.self) { try store.localCredential(for: authentication, authorities: []) }
    }

    @Test("a raw public key of the configuration finds its private key")
    func rawKey() throws {
        let store = MemoryCredentialStore { 0 }
        store.load(try privateKey(Fixtures.ed25519Key), from: .control)
        var authentication = LocalAuthentication()
        authentication.publicKeys = [try certificate(Fixtures.ed25519).subjectPublicKeyInfo]
        #expect(try store.localCredential(for: authentication, authorities: []).chain.isEmpty)
        authentication.publicKeys = [try certificate(Fixtures.moon).subjectPublicKeyInfo]
        #expect(throws: CredentialError.self) { try store.localCredential(for: authentication, authorities: []) }
    }

    @Test("loading, listing, unloading and clearing")
    func commands() throws {
        let store = try storeWithRoot()
        try store.load(certificate(Fixtures.moon), from: .files)
        try store.load(certificate(Fixtures.moon), from: .files)
        let key = try privateKey(Fixtures.moonKey)
        let identifier = store.load(key, from: .control)
        #expect(identifier.count == 40)
        store.load(try privateKey(Fixtures.moonSEC1Key), from: .control)
        #expect(store.privateKeyIdentifiers(from: .control) == [identifier])
        var listed = store.listCertificates()
        #expect(listed.map(\.flag.rawValue).sorted() == ["CA", "NONE"])
        #expect(listed.first { $0.flag == .none }?.hasPrivateKey == true)
        #expect(listed.first { $0.flag == .ca }?.hasPrivateKey == false)
        #expect(store.listCertificates(flag: .ca).count == 1)
        #expect(store.listCertificates(subject: Identification(text: "C=CH, O=*, CN=moon")).count == 1)
        #expect(store.listCertificates(subject: Identification(text: "sun.example.org")).isEmpty)
        #expect(store.unload(privateKey: identifier, from: .control))
        #expect(!store.unload(privateKey: identifier, from: .control))
        #expect(!store.unload(privateKey: "nonsense", from: .control))
        listed = store.listCertificates(flag: CertificateFlag.none)
        #expect(listed.first?.hasPrivateKey == false)
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
        store.clear(.control)
        #expect(store.listCertificates().count == 1)
        #expect(store.unload(certificate: try certificate(Fixtures.moon).der, from: .files))
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) != nil)
    }

    @Test("a CA has to be one")
    func notCA() throws {
        let store = MemoryCredentialStore { 0 }
        #expect(throws: CredentialError.self) {
            try store.load(certificate(Fixtures.moon), flag: .ca, from: .control)
        }
        #expect(store.listCertificates().isEmpty)
    }

    @Test("taking the CA away takes the trust away, cached or not")
    func cacheFollowsChanges() throws {
        let store = try storeWithRoot()
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) == nil)
        #expect(store.unload(certificate: try certificate(Fixtures.root).der, from: .control))
        #expect(store.verdict("moon.example.org", [Fixtures.moon]) != nil)
    }
}
