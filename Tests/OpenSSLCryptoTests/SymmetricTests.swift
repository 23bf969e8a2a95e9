import CryptoInterface
import IPsecModel
import Testing

@testable import OpenSSLCrypto

@Suite("PRFs, digests and message protection")
struct SymmetricTests {
    let provider = OpenSSLProvider()

    @Test("the self test passes")
    func selfTest() throws { try OpenSSLProvider.selfTest() }

    struct PRFVector: Sendable {
        let algorithm: PRFAlgorithm
        let key: [UInt8]
        let data: [UInt8]
        let output: String
    }

    static let jefe = Array("Jefe".utf8)
    static let question = Array("what do ya want for nothing?".utf8)

    static let prfVectors = [
        // RFC 2202 and RFC 4231, test case 2.
        PRFVector(algorithm: .hmacMD5, key: jefe, data: question, output: "750c783e6ab0b503eaa86e310a5db738"),
        PRFVector(algorithm: .hmacSHA1, key: jefe, data: question, output: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        PRFVector(
            algorithm: .hmacSHA256, key: jefe, data: question,
            output: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        PRFVector(
            algorithm: .hmacSHA384, key: jefe, data: question,
            output: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"),
        PRFVector(
            algorithm: .hmacSHA512, key: jefe, data: question,
            output: """
                164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a3
                4d4a6b4b636e070a38bce737
                """),
        // RFC 3566 §4, RFC 4434 §4.
        PRFVector(algorithm: .aesXCBC, key: Array(0..<16), data: [], output: "75f0251d528ac01c4573dfd584d79f29"),
        PRFVector(
            algorithm: .aesXCBC, key: Array(0..<16), data: [0, 1, 2], output: "5b376580ae2f19afe7219ceef172756f"),
        PRFVector(
            algorithm: .aesXCBC, key: Array(0..<16), data: Array(0..<16), output: "d2a246fa349b68a79998a4394ff7a263"),
        PRFVector(
            algorithm: .aesXCBC, key: Array(0..<16), data: Array(0..<20), output: "47f51b4564966215b8985c63055ed308"),
        PRFVector(
            algorithm: .aesXCBC, key: Array(0..<10), data: Array(0..<20), output: "0fa087af7d866e7653434e602fdde835"),
        PRFVector(
            algorithm: .aesXCBC, key: Array(0..<16) + [0xed, 0xcb], data: Array(0..<20),
            output: "8cd3c93ae598a9803006ffb67c40e9e4"),
        // RFC 4615 §4.
        PRFVector(
            algorithm: .aesCMAC, key: Array(0..<16) + [0xed, 0xcb], data: Array(0..<20),
            output: "84a348a4a45d235babfffc0d2b4da09a"),
        PRFVector(
            algorithm: .aesCMAC, key: Array(0..<16), data: Array(0..<20), output: "980ae87b5f4c9c5214f5b6a8455e4c2d"),
        PRFVector(
            algorithm: .aesCMAC, key: Array(0..<10), data: Array(0..<20), output: "290d9e112edb09ee141fcf64c0b72f3d"),
    ]

    @Test("PRFs give the known answers, however the data is cut", arguments: prfVectors)
    func prf(_ vector: PRFVector) throws {
        let key = SecretBytes(copying: vector.key)
        let expected = SecretBytes(copying: octets(vector.output))
        #expect(try provider.prf(vector.algorithm, key: key, vector.data).isEqual(to: expected))
        for cut in 0...vector.data.count {
            let parts = (Array(vector.data[..<cut]), Array(vector.data[cut...]))
            #expect(try provider.prf(vector.algorithm, key: key, parts.0, parts.1).isEqual(to: expected))
            let inPlace = try SecretBytes(count: expected.count) { output in
                try key.withUnsafeBytes { key in
                    try parts.0.withUnsafeBytes { first in
                        try parts.1.withUnsafeBytes { second in
                            try provider.prf(vector.algorithm, key: key, [first, second], into: output)
                        }
                    }
                }
            }
            #expect(inPlace.isEqual(to: expected))
        }
    }

    @Test(
        "an empty key is a key of its own, not the key of the last call",
        arguments: [PRFAlgorithm.hmacSHA256, .aesXCBC, .aesCMAC])
    func emptyKey(_ algorithm: PRFAlgorithm) throws {
        let empty = SecretBytes(copying: [])
        let first = try provider.prf(algorithm, key: empty, [1])
        let other = try provider.prf(algorithm, key: SecretBytes(copying: [9, 9]), [1])
        #expect(try provider.prf(algorithm, key: empty, [1]).isEqual(to: first))
        #expect(!first.isEqual(to: other))
    }

    @Test("prf+ chains blocks and stops at 255")
    func prfPlus() throws {
        let key = SecretBytes(copying: Self.jefe)
        let seed: [UInt8] = [1, 2, 3]
        let first = try provider.prf(.hmacSHA256, key: key, seed + [1])
        let firstBytes = first.withUnsafeBytes { Array($0) }
        let second = try provider.prf(.hmacSHA256, key: key, firstBytes + seed + [2])
        let both = try provider.prfPlus(.hmacSHA256, key: key, seed: seed, count: 50)
        #expect(both.isEqual(to: first.appending(second).slice(0..<50)))
        #expect(try provider.prfPlus(.hmacSHA256, key: key, seed: seed, count: 255 * 32).count == 255 * 32)
        #expect(try provider.prfPlus(.hmacSHA256, key: key, seed: seed, count: 0).count == 0)
        #expect(throws: CryptoError.self) {
            try provider.prfPlus(.hmacSHA256, key: key, seed: seed, count: 255 * 32 + 1)
        }
        #expect(throws: CryptoError.self) { try provider.prfPlus(.hmacSHA256, key: key, seed: seed, count: -1) }
    }

    @Test("digests of \"abc\"")
    func digests() throws {
        let abc = Array("abc".utf8)
        #expect(try provider.hash(.sha1, abc) == octets("a9993e364706816aba3e25717850c26c9cd0d89d"))
        #expect(
            try provider.hash(.sha1, [0x61], [], [0x62, 0x63]) == octets("a9993e364706816aba3e25717850c26c9cd0d89d"))
        #expect(
            try provider.hash(.sha3_256, abc)
                == octets("3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"))
        #expect(throws: CryptoError.unsupported("identity")) { try provider.hash(.identity, abc) }
    }

    // MARK: Messages

    @Test("AES-GCM: McGrew and Viega, test case 4; the message must be whole")
    func gcm() throws {
        let text = octets(
            """
            d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5
            aa0de657ba637b39
            """)
        let message = try seal(
            .aesGCM16, 128, key: "feffe9928665731c6d6a8f9467308308cafebabe", counter: 0xface_dbad_deca_f888,
            header: octets("feedfacedeadbeeffeedfacedeadbeefabaddad2"), text: text)
        let expected = octets(
            """
            feedfacedeadbeeffeedfacedeadbeefabaddad2 facedbaddecaf888
            42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b39
            6a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47
            """)
        #expect(message == expected)
    }

    @Test("ChaCha20-Poly1305: RFC 8439 §2.8.2")
    func chacha() throws {
        let text = Array(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
                .utf8)
        let message = try seal(
            .chacha20Poly1305, 256, key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f07000000",
            counter: 0x4041_4243_4445_4647, header: octets("50515253c0c1c2c3c4c5c6c7"), text: text)
        let expected = octets(
            """
            50515253c0c1c2c3c4c5c6c7 4041424344454647
            d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a
            9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9d
            e576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691
            """)
        #expect(message == expected)
    }

    @Test("AES-CTR: RFC 3686 §6, test vector 1")
    func counterMode() throws {
        let message = try seal(
            .aesCTR, 128, .hmacSHA256_128, key: "AE6852F8121067CC4BF7A5765577F39E00000030", counter: 0, header: [1],
            text: Array("Single block msg".utf8))
        #expect(Array(message[9..<25]) == octets("E4095D4FB7A7B3792D6175A3261311B8"))
    }

    @Test("AES-CBC: RFC 3602 §4, case 1")
    func cbc() throws {
        let integrity = SecretBytes(copying: Array(repeating: 5, count: 32))
        let keys = DirectionKeys(
            encryption: SecretBytes(copying: octets("06a9214036b8a15b512e03d534120006")), integrity: integrity)
        var message = octets("00 3dafba429d9eb430b422da802c9fac41 e353779c1079aeb82708942dbe77181a")
        let mac = try provider.prf(.hmacSHA256, key: integrity, message)
        message += mac.withUnsafeBytes { Array($0.prefix(16)) }
        let protection = MessageProtection(encryption: .aesCBC, keyLength: 128, integrity: .hmacSHA256_128)
        try provider.open(protection, keys: keys, message: &message, headerLength: 1)
        #expect(Array(message[17..<33]) == Array("Single block msg".utf8))
    }

    // No RFC has vectors with these nonce sizes; the answers were computed from the block ciphers by RFC 3610 and
    // RFC 5529.
    @Test("AES-CCM and Camellia-CTR")
    func computed() throws {
        let header = [UInt8](0..<28)
        let text = [UInt8](0..<40)
        let ccm16 = try seal(
            .aesCCM16, 128, key: "000102030405060708090a0b0c0d0e0f101112", counter: 0x0102_0304_0506_0708,
            header: header, text: text)
        #expect(
            Array(ccm16[36...])
                == octets(
                    """
                    283e55e92b4bdb5906890a6e47b3f44f14dda4a936a9d84a56a7debb00a8f9c6f9aac7be211e8811
                    daa31069bb206d4205166951938a834c
                    """))
        let key = (0..<35).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let ccm8 = try seal(
            .aesCCM8, 256, key: key, counter: 0x0102_0304_0506_0708, header: header, text: text)
        #expect(
            Array(ccm8[36...])
                == octets(
                    """
                    81554e687ba0ff8af10f0d3bdcfe6380d1e8872eb49be0687bf8313a622fa87d8c3c8f94e099c06ac91af5a3750649a1
                    """))
        let camellia = try seal(
            .camelliaCTR, 128, .hmacSHA256_128, key: "000102030405060708090a0b0c0d0e0f10111213",
            counter: 0x0102_0304_0506_0708, header: header, text: text)
        #expect(
            Array(camellia[36..<76])
                == octets("cb0548f006e419e1abeb12f23bb055e07329087b475d53577a08417061a7841d4d42e376c1a39e63"))
    }

    static let protections: [MessageProtection] = {
        var all: [MessageProtection] = []
        for keyLength in [128, 192, 256] as [UInt16] {
            for cipher in [
                EncryptionAlgorithm.aesGCM8, .aesGCM12, .aesGCM16, .aesCCM8, .aesCCM12, .aesCCM16,
            ] {
                all.append(MessageProtection(encryption: cipher, keyLength: keyLength, integrity: nil))
            }
            for cipher in [EncryptionAlgorithm.aesCBC, .aesCTR, .camelliaCBC, .camelliaCTR] {
                all.append(MessageProtection(encryption: cipher, keyLength: keyLength, integrity: .hmacSHA256_128))
            }
        }
        for integrity in [
            IntegrityAlgorithm.hmacMD5_96, .hmacMD5_128, .hmacSHA1_96, .hmacSHA1_160, .hmacSHA256_96, .hmacSHA384_192,
            .hmacSHA512_256, .aesXCBC96, .aesCMAC96,
        ] {
            all.append(MessageProtection(encryption: .aesCBC, keyLength: 128, integrity: integrity))
        }
        all.append(MessageProtection(encryption: .chacha20Poly1305, keyLength: 256, integrity: nil))
        all.append(MessageProtection(encryption: .tripleDES, keyLength: 192, integrity: .hmacSHA1_96))
        all.append(MessageProtection(encryption: .null, keyLength: 0, integrity: .hmacSHA256_128))
        return all
    }()

    @Test("every octet and every length counts", arguments: protections)
    func alterations(_ protection: MessageProtection) throws {
        #expect(provider.supports(.encryption(protection.encryption, protection.keyLength)))
        let keys = keys(protection)
        let header = [UInt8](0..<28)
        let text = [UInt8](0..<48)
        var sealed = header + [UInt8](repeating: 0, count: protection.ivBytes) + text
        sealed += [UInt8](repeating: 0, count: protection.icvBytes)
        try provider.seal(protection, keys: keys, message: &sealed, headerLength: 28, ivCounter: 77)

        var opened = sealed
        try provider.open(protection, keys: keys, message: &opened, headerLength: 28)
        let start = 28 + protection.ivBytes
        #expect(Array(opened[start..<start + 48]) == text)
        #expect(Array(sealed[..<28]) == header)
        if protection.encryption != .null { #expect(Array(sealed[start..<start + 48]) != text) }

        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 0x40
            #expect(fails(.integrity, protection, keys, altered), "octet \(index)")
        }
        for count in 0..<sealed.count {
            #expect(fails(.integrity, protection, keys, Array(sealed[..<count])), "length \(count)")
        }
        opened = sealed
        try provider.open(protection, keys: keys, message: &opened, headerLength: 28)
    }

    @Test("keys of a wrong size are refused", arguments: protections)
    func wrongKeys(_ protection: MessageProtection) throws {
        let good = keys(protection)
        let bad = SecretBytes(copying: Array(repeating: 1, count: good.encryption.count + 1))
        var message = [UInt8](repeating: 0, count: 200)
        #expect(throws: CryptoError.self) {
            let keys = DirectionKeys(encryption: bad, integrity: good.integrity)
            try provider.seal(protection, keys: keys, message: &message, headerLength: 28, ivCounter: 1)
        }
        #expect(throws: CryptoError.self) {
            let keys = DirectionKeys(encryption: good.encryption, integrity: bad)
            try provider.open(protection, keys: keys, message: &message, headerLength: 28)
        }
    }

    @Test("layouts that cannot be are refused")
    func layouts() throws {
        let protection = MessageProtection(encryption: .aesCBC, keyLength: 128, integrity: .hmacSHA256_128)
        let keys = keys(protection)
        for (count, header) in [(0, 0), (10, 28), (28 + 32, 28), (28 + 16 + 15 + 16, 28), (100, -1), (100, 101)] {
            var message = [UInt8](repeating: 0, count: count)
            #expect(throws: CryptoError.self) {
                try provider.seal(protection, keys: keys, message: &message, headerLength: header, ivCounter: 1)
            }
            #expect(throws: CryptoError.self) {
                try provider.open(protection, keys: keys, message: &message, headerLength: header)
            }
        }
        let naked = MessageProtection(encryption: .aesCBC, keyLength: 128, integrity: nil)
        var message = [UInt8](repeating: 0, count: 96)
        #expect(throws: CryptoError.self) {
            try provider.seal(naked, keys: self.keys(naked), message: &message, headerLength: 28, ivCounter: 1)
        }
    }

    @Test("what libcrypto lacks is not offered and named by its keyword")
    func unsupported() {
        #expect(!provider.supports(.encryption(.camelliaCCM16, 128)))
        #expect(!provider.supports(.encryption(.blowfish, 128)))
        #expect(!provider.supports(.encryption(.aesCBC, 111)))
        #expect(!provider.supports(.integrity(.aesGMAC128)))
        #expect(!provider.supports(.prf(PRFAlgorithm(rawValue: 3))))
        #expect(provider.supports(.integrity(.none)))
        #expect(provider.supports(.extendedSequenceNumbers(.yes)))
        let protection = MessageProtection(encryption: .camelliaCCM16, keyLength: 128, integrity: nil)
        var message = [UInt8](repeating: 0, count: 96)
        #expect(throws: CryptoError.unsupported("camellia128ccm16")) {
            try provider.seal(protection, keys: keys(protection), message: &message, headerLength: 28, ivCounter: 1)
        }
    }

    @Test("random octets are not all the same")
    func random() {
        #expect(provider.publicRandom(count: 32) != provider.publicRandom(count: 32))
        #expect(!provider.secretRandom(count: 32).isEqual(to: provider.secretRandom(count: 32)))
        #expect(provider.publicRandom(count: 0).isEmpty)
    }

    private func keys(_ protection: MessageProtection) -> DirectionKeys {
        DirectionKeys(
            encryption: SecretBytes(copying: (0..<protection.encryptionKeyBytes).map { UInt8($0) }),
            integrity: SecretBytes(copying: (0..<protection.integrityKeyBytes).map { UInt8(100 + $0) }))
    }

    private func seal(
        _ cipher: EncryptionAlgorithm, _ keyLength: UInt16, _ integrity: IntegrityAlgorithm? = nil, key: String,
        counter: UInt64, header: [UInt8], text: [UInt8]
    ) throws -> [UInt8] {
        let protection = MessageProtection(encryption: cipher, keyLength: keyLength, integrity: integrity)
        let keys = DirectionKeys(
            encryption: SecretBytes(copying: octets(key)),
            integrity: SecretBytes(copying: Array(repeating: 3, count: protection.integrityKeyBytes)))
        var message = header + [UInt8](repeating: 0, count: protection.ivBytes) + text
        message += [UInt8](repeating: 0, count: protection.icvBytes)
        try provider.seal(protection, keys: keys, message: &message, headerLength: header.count, ivCounter: counter)
        return message
    }

    private func fails(
        _ expected: CryptoError, _ protection: MessageProtection, _ keys: DirectionKeys, _ message: [UInt8]
    ) -> Bool {
        var message = message
        do throws(CryptoError) {
            try provider.open(protection, keys: keys, message: &message, headerLength: 28)
            return false
        } catch {
            return error == expected
        }
    }
}
