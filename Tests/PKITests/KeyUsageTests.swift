import CryptoInterface
import IPsecModel
import PKI
import Testing

@Suite("What a certificate may be used for")
struct KeyUsageTests {
    private func store() throws -> MemoryCredentialStore {
        let store = MemoryCredentialStore { KeyUsageFixtures.made + 60 }
        try store.load(certificate(KeyUsageFixtures.usageRoot), flag: .ca, from: .control)
        return store
    }

    @Test("an issuer needs the CA basic constraint, and keyCertSign where it has a key usage (RFC 5280 §6.1.4)")
    func issuers() throws {
        let store = try store()
        for (identity, chain) in [
            ("belowWithoutConstraints", [KeyUsageFixtures.belowWithoutConstraints, KeyUsageFixtures.withoutConstraints]),
            ("belowWithoutCertSign", [KeyUsageFixtures.belowWithoutCertSign, KeyUsageFixtures.withoutCertSign]),
        ] {
            let verdict = store.verdict("\(identity).example.org", chain)
            #expect(verdict != nil, "\(identity) was believed")
        }
    }

    @Test("a key that may not sign does not authenticate its owner (RFC 4945 §5.1.3.2)")
    func endEntities() throws {
        let store = try store()
        #expect(store.verdict("signing.example.org", [KeyUsageFixtures.signing]) == nil)
        #expect(store.verdict("nonRepudiation.example.org", [KeyUsageFixtures.nonRepudiation]) == nil)
        guard case .constraint = store.verdict("agreementOnly.example.org", [KeyUsageFixtures.agreementOnly]) else {
            Issue.record("a key for key agreement only was believed")
            return
        }
    }

    @Test("a self-signed certificate vouches for nobody, alone or as its own CA")
    func selfSigned() throws {
        let store = try store()
        for chain in [[KeyUsageFixtures.selfSigned], [KeyUsageFixtures.selfSigned, KeyUsageFixtures.selfSigned]] {
            guard case .untrusted = store.verdict("selfSigned.example.org", chain) else {
                Issue.record("a self-signed certificate was believed")
                continue
            }
        }
        #expect(throws: CredentialError.self) {
            try store.load(certificate(KeyUsageFixtures.selfSigned), flag: .ca, from: .control)
        }
    }

    @Test("a name with a zero in it speaks for neither half, and an address in a dNSName for no address")
    func names() throws {
        let store = try store()
        for identity in ["zero.example.org", "zero.example.org\0.evil.o", "zero"] {
            guard case .identityNotConfirmed = store.verdict(identity, [KeyUsageFixtures.withZero]) else {
                Issue.record("\(identity.debugDescription) was confirmed")
                continue
            }
        }
        for identity in ["10.1.0.1", "mail.example.org", "example.org"] {
            guard case .identityNotConfirmed = store.verdict(identity, [KeyUsageFixtures.addressAsName]) else {
                Issue.record("\(identity) was confirmed")
                continue
            }
        }
        #expect(store.verdict("@10.1.0.1", [KeyUsageFixtures.addressAsName]) == nil)
        #expect(store.verdict("mail.example.org@example.org", [KeyUsageFixtures.addressAsName]) == nil)
    }
}
