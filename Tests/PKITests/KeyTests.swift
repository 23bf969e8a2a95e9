import CryptoInterface
import PKI
import Testing

@Suite("Keys and signatures")
struct KeyTests {
    struct Pair: Sendable {
        let key: String
        let certificate: String
        let schemes: [SignatureScheme]
    }

    static let pairs = [
        Pair(
            key: Fixtures.rsaKey, certificate: Fixtures.rsa,
            schemes: [HashAlgorithm.sha1, .sha256, .sha384, .sha512].flatMap {
                [SignatureScheme.rsaPKCS1($0), .rsaPSS($0)]
            }),
        Pair(
            key: Fixtures.moonKey, certificate: Fixtures.moon,
            schemes: [HashAlgorithm.sha1, .sha256, .sha384, .sha512].flatMap {
                [SignatureScheme.ecdsa($0), .ecdsaConcatenated($0)]
            }),
        Pair(key: Fixtures.ed25519Key, certificate: Fixtures.ed25519, schemes: [.ed25519]),
        Pair(key: Fixtures.ed448Key, certificate: Fixtures.ed448, schemes: [.ed448]),
    ]

    @Test("what a key signs, its certificate's key checks; nothing else", arguments: pairs)
    func signatures(_ pair: Pair) throws {
        let key = try privateKey(pair.key)
        let publicKey = try #require(try certificate(pair.certificate).publicKey)
        #expect(key.kind == publicKey.kind)
        #expect(key.keyIdentifiers == publicKey.keyIdentifiers)
        #expect(key.keyIdentifiers.allSatisfy { $0.count == 20 })
        let data: [UInt8] = [1, 2, 3]
        for scheme in pair.schemes {
            for round in 0..<3 {
                let signature = try key.sign(scheme, data + [UInt8(round)])
                #expect(publicKey.isValid(signature, scheme: scheme, over: data + [UInt8(round)]))
                #expect(!publicKey.isValid(signature, scheme: scheme, over: data))
                #expect(!publicKey.isValid([], scheme: scheme, over: data))
                #expect(!publicKey.isValid(signature + [0], scheme: scheme, over: data + [UInt8(round)]))
                #expect(!publicKey.isValid(Array(signature.dropLast()), scheme: scheme, over: data + [UInt8(round)]))
                var altered = signature
                altered[altered.count / 2] ^= 1
                #expect(!publicKey.isValid(altered, scheme: scheme, over: data + [UInt8(round)]))
            }
            for other in pair.schemes where other != scheme {
                #expect(!publicKey.isValid(try key.sign(scheme, data), scheme: other, over: data))
            }
        }
        for other in Self.pairs where other.key != pair.key {
            for scheme in other.schemes {
                #expect(throws: CryptoError.self) { try key.sign(scheme, data) }
                #expect(!publicKey.isValid([1, 2, 3], scheme: scheme, over: data))
            }
        }
    }

    @Test("concatenated ECDSA signatures have twice the size of the curve")
    func concatenated() throws {
        let key = try privateKey(Fixtures.moonKey)
        for _ in 0..<20 { #expect(try key.sign(.ecdsaConcatenated(.sha256), [1]).count == 64) }
        let publicKey = try #require(try certificate(Fixtures.moon).publicKey)
        let zeros = [UInt8](repeating: 0, count: 64)
        #expect(!publicKey.isValid(zeros, scheme: .ecdsaConcatenated(.sha256), over: [1]))
    }

    @Test("PKCS #1, SEC 1, PKCS #8; PEM and DER; encrypted and not")
    func formats() throws {
        let moon = try certificate(Fixtures.moon).subjectPublicKeyInfo
        let rsa = try certificate(Fixtures.rsa).subjectPublicKeyInfo
        #expect(try privateKey(Fixtures.moonKey).subjectPublicKeyInfo == moon)
        #expect(try privateKey(Fixtures.moonSEC1Key).subjectPublicKeyInfo == moon)
        #expect(try privateKey(Fixtures.moonEncryptedKey, "secret").subjectPublicKeyInfo == moon)
        #expect(try privateKey(Fixtures.rsaPKCS1Key).subjectPublicKeyInfo == rsa)
        #expect(try privateKey(Fixtures.rsaEncryptedKey, "secret").subjectPublicKeyInfo == rsa)
        let secret = SecretBytes(copying: Array("secret".utf8))
        let der = base64(Fixtures.moonEncryptedDER)
        #expect(try PrivateKey(data: der, passphrase: secret).subjectPublicKeyInfo == moon)
        let body = Fixtures.moonKey.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        #expect(try PrivateKey(data: base64(body)).subjectPublicKeyInfo == moon)
    }

    @Test(
        "a missing or wrong passphrase is said to be one",
        arguments: [Fixtures.moonEncryptedKey, Fixtures.rsaEncryptedKey])
    func passphrases(_ key: String) {
        #expect(throws: CryptoError.badKey("encrypted, and no passphrase is known")) { try privateKey(key) }
        #expect(throws: CryptoError.badKey("the passphrase does not fit")) { try privateKey(key, "wrong") }
    }

    @Test("garbage and keys that do not sign are refused")
    func garbage() throws {
        #expect(throws: CryptoError.self) { try privateKey("") }
        #expect(throws: CryptoError.self) { try privateKey(Fixtures.moon) }
        #expect(throws: CryptoError.self) { try privateKey(Fixtures.x25519Key) }
        #expect(throws: CryptoError.self) { try PrivateKey(data: [0x30, 0x82, 1]) }
        let der = base64(Fixtures.moonEncryptedDER)
        for count in 0..<der.count {
            #expect(throws: CryptoError.self) {
                try PrivateKey(data: Array(der[..<count]), passphrase: SecretBytes(copying: [1]))
            }
        }
    }

    @Test("raw public keys in DER, PEM and as RFC 3110 has them")
    func publicKeys() throws {
        let moon = try certificate(Fixtures.moon)
        #expect(try PublicKey(data: Array(Fixtures.moonPublic.utf8)).keyIdentifiers == moon.publicKey?.keyIdentifiers)
        #expect(try PublicKey(data: moon.subjectPublicKeyInfo).kind == .ecdsa(bits: 256))
        #expect(throws: CryptoError.self) { try PublicKey(data: []) }
        #expect(throws: CryptoError.self) { try PublicKey(subjectPublicKeyInfo: moon.subjectPublicKeyInfo + [0]) }

        // The modulus stands behind 33 octets of SubjectPublicKeyInfo, the exponent 65537 at its end.
        let rsa = try certificate(Fixtures.rsa)
        let modulus = Array(rsa.subjectPublicKeyInfo.dropFirst(33).prefix(256))
        let key = try PublicKey(rfc3110: [3, 1, 0, 1] + modulus)
        #expect(key.subjectPublicKeyInfo == rsa.subjectPublicKeyInfo)
        for bad in [[], [3], [3, 1, 0, 1], [0], [0, 1], [0, 0, 3, 1, 0, 1]] as [[UInt8]] {
            #expect(throws: CryptoError.self) { try PublicKey(rfc3110: bad) }
        }
    }

    @Test("SSH key blobs")
    func ssh() throws {
        func field(_ octets: [UInt8]) -> [UInt8] {
            [0, 0, UInt8(octets.count >> 8), UInt8(octets.count & 255)] + octets
        }
        func text(_ text: String) -> [UInt8] { field(Array(text.utf8)) }

        let rsa = try certificate(Fixtures.rsa).subjectPublicKeyInfo
        let modulus = [0] + Array(rsa.dropFirst(33).prefix(256))
        let rsaBlob = text("ssh-rsa") + field([1, 0, 1]) + field(modulus)
        #expect(try PublicKey(ssh: rsaBlob).subjectPublicKeyInfo == rsa)
        let moon = try certificate(Fixtures.moon).subjectPublicKeyInfo
        let moonBlob = text("ecdsa-sha2-nistp256") + text("nistp256") + field(Array(moon.suffix(65)))
        #expect(try PublicKey(ssh: moonBlob).subjectPublicKeyInfo == moon)
        let edwards = try certificate(Fixtures.ed25519).subjectPublicKeyInfo
        let edwardsBlob = text("ssh-ed25519") + field(Array(edwards.suffix(32)))
        #expect(try PublicKey(ssh: edwardsBlob).subjectPublicKeyInfo == edwards)
        for blob in [rsaBlob, moonBlob, edwardsBlob] {
            for count in 0..<blob.count {
                #expect(throws: CryptoError.self) { try PublicKey(ssh: Array(blob[..<count])) }
            }
            #expect(throws: CryptoError.self) { try PublicKey(ssh: blob + [0]) }
        }
        #expect(throws: CryptoError.self) { try PublicKey(ssh: text("ssh-dss") + field([1])) }
    }
}
