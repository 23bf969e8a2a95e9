import CryptoInterface
import IPsecModel
import PKI
import Testing

@Suite("Certificates")
struct CertificateTests {
    @Test("names, validity, uses and keys are read")
    func contents() throws {
        let moon = try certificate(Fixtures.moon)
        #expect(moon.subject.description == "C=CH, O=Test, CN=moon")
        #expect(moon.issuer.description == "C=CH, O=Test, CN=root")
        #expect(
            moon.subjectAlternativeNames.map(\.description)
                == ["moon.example.org", "moon@example.org", "10.1.0.1", "fec0::1", "*.wild.example.org"])
        #expect(moon.flags == [.serverAuth, .ikeIntermediate])
        #expect(moon.flags.names == ["serverAuth", "ikeIntermediate"])
        #expect(!moon.isCA)
        #expect(moon.publicKey?.kind == .ecdsa(bits: 256))
        #expect(moon.signatureHash == .sha256)
        #expect(moon.revocationURIs == ["http://crl.example.org/root.crl"])
        #expect((Fixtures.made - 60...Fixtures.made).contains(moon.notBefore))
        #expect(moon.notAfter == moon.notBefore + 36_500 * Calendar.day)
        #expect(moon.serialNumber.count == 20)
        let root = try certificate(Fixtures.root)
        #expect(root.flags == [.ca, .crlSign, .selfSigned])
        #expect(moon.authorityKeyIdentifier == root.subjectKeyIdentifier)
        #expect(root.pathLength == nil)
        #expect(try certificate(Fixtures.intermediate).pathLength == 0)
        // The subject key identifier is the SHA-1 of the key bits.
        #expect(moon.publicKey?.keyIdentifiers.first == moon.subjectKeyIdentifier)
        #expect(moon.publicKey?.keyIdentifiers.last == moon.publicKeyHash)
    }

    @Test("all certificates of a file are read, with other text between")
    func bundles() throws {
        let text =
            "Subject: sun\n" + Fixtures.sun + "\n# issuer\n" + Fixtures.intermediate + "\n" + Fixtures.moonSEC1Key
        let all = try Certificate.all(in: Array((text + "\n" + Fixtures.root).utf8))
        #expect(all.map(\.subject.description) == ["sun", "intermediate", "root"].map { "C=CH, O=Test, CN=\($0)" })
        let der = all[0].der
        #expect(try Certificate.all(in: der).map(\.der) == [der])
        #expect(throws: CredentialError.self) { try Certificate.all(in: []) }
        #expect(throws: CredentialError.self) { try Certificate.all(in: Array("nothing".utf8)) }
        #expect(throws: CredentialError.self) { try Certificate.all(in: Array(Fixtures.moonKey.utf8)) }
        #expect(throws: CredentialError.self) {
            try Certificate.all(in: Array((Fixtures.sun + "\n" + Fixtures.root.dropLast(200)).utf8))
        }
        #expect(throws: CredentialError.self) { try Certificate(der: der + [0]) }
    }

    @Test("encrypted armour asks nobody for a passphrase")
    func encryptedArmour() {
        let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n"
        for (kind, body) in [("CERTIFICATE", Fixtures.moon), ("X509 CRL", Fixtures.rootCRL)] {
            let begin = "-----BEGIN \(kind)-----\n"
            let text = Array((begin + header + "\n" + body.dropFirst(begin.count)).utf8)
            #expect(throws: CredentialError.self) { try Certificate.all(in: text) }
            #expect(throws: CredentialError.self) { try RevocationList(data: text) }
            #expect(throws: CryptoError.self) { try PublicKey(data: text) }
        }
    }

    @Test("which identities a certificate speaks for")
    func identities() throws {
        let moon = try certificate(Fixtures.moon)
        for good in [
            "moon.example.org", "MOON.example.org", "moon@example.org", "10.1.0.1", "fec0::1",
            "C=CH, O=Test, CN=moon", "C=CH, O=test, CN=MOON", "*.wild.example.org",
        ] {
            #expect(moon.confirms(Identification(text: good)), "\(good)")
        }
        for bad in [
            "sun.example.org", "a.wild.example.org", "moon", "%any", "10.1.0.2", "O=Test, C=CH, CN=moon",
            "C=CH, O=Test", "C=*, O=*, CN=*", "*", "@10.1.0.1", "email:moon.example.org",
        ] {
            #expect(!moon.confirms(Identification(text: bad)), "\(bad)")
        }
        #expect(moon.confirms(Identification(kind: .keyID, data: moon.subjectKeyIdentifier)))
        #expect(!moon.confirms(Identification(kind: .keyID, data: [])))
    }

    @Test("every prefix and sampled flips are refused or read, never trapped")
    func garbage() throws {
        let der = try certificate(Fixtures.moon).der
        for count in 0..<der.count {
            #expect(throws: CredentialError.self) { try Certificate(der: Array(der[..<count])) }
        }
        let store = try storeWithRoot()
        let identity = Identification(text: "moon.example.org")
        for index in der.indices {
            for mask in [0x01, 0x80, 0xff] as [UInt8] {
                var altered = der
                altered[index] ^= mask
                #expect(throws: CredentialError.self, "octet \(index)") {
                    var trail: [String] = []
                    return try store.verifiedPeerKeys(
                        identity: identity, certificates: [altered], authentication: RemoteAuthentication(),
                        trail: &trail)
                }
                guard let certificate = try? Certificate(der: altered) else { continue }
                _ = certificate.subject.description
                _ = certificate.subjectAlternativeNames.map(\.description)
                _ = (certificate.flags, certificate.notAfter, certificate.notBefore, certificate.pathLength)
                _ = (certificate.publicKey?.keyIdentifiers, certificate.revocationURIs, certificate.signatureHash)
                _ = (certificate.serialNumber, certificate.subjectKeyIdentifier, certificate.authorityKeyIdentifier)
                _ = certificate.confirms(identity)
            }
        }
    }

    @Test("revocation lists are read; garbage is not")
    func revocationLists() throws {
        let list = try RevocationList(data: Array(Fixtures.rootCRL.utf8))
        #expect(list.issuer.description == "C=CH, O=Test, CN=root")
        #expect(list.revokedCount == 1)
        #expect(list.nextUpdate == list.thisUpdate + 30 * Calendar.day)
        let der = list.der
        #expect(try RevocationList(data: der).revokedCount == 1)
        for count in 0..<der.count {
            #expect(throws: CredentialError.self) { try RevocationList(data: Array(der[..<count])) }
        }
    }

    @Test("PKCS #12 opens with its passphrase only")
    func containers() throws {
        let data = base64(Fixtures.moonPKCS12)
        let container = try PKCS12Container(data: data, passphrase: SecretBytes(copying: Array("secret".utf8)))
        #expect(
            container.certificates.map(\.subject.description) == ["C=CH, O=Test, CN=moon", "C=CH, O=Test, CN=root"])
        #expect(container.privateKey?.subjectPublicKeyInfo == container.certificates[0].subjectPublicKeyInfo)
        #expect(throws: CryptoError.self) {
            try PKCS12Container(data: data, passphrase: SecretBytes(copying: Array("wrong".utf8)))
        }
        #expect(throws: CryptoError.self) { try PKCS12Container(data: [1, 2], passphrase: SecretBytes(copying: [])) }
    }
}
