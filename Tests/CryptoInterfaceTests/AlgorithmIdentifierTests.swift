import CryptoInterface
import Testing

@Suite("AlgorithmIdentifiers of signature schemes")
struct AlgorithmIdentifierTests {
    static let known: [(SignatureScheme, [UInt8])] = [
        (.rsaPKCS1(.sha1), [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5, 5, 0]),
        (.rsaPKCS1(.sha256), [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0]),
        (.ecdsa(.sha256), [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]),
        (.ecdsa(.sha1), [0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]),
        (.ed25519, [0x30, 5, 6, 3, 0x2b, 0x65, 0x70]),
        (.ed448, [0x30, 5, 6, 3, 0x2b, 0x65, 0x71]),
        (.rsaPSS(.sha1), [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10, 0x30, 0]),
        (
            .rsaPSS(.sha256),
            [
                0x30, 0x41, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10, 0x30, 0x34,
                0xa0, 15, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0,
                0xa1, 28, 0x30, 26, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8,
                0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0,
                0xa2, 3, 2, 1, 32,
            ]
        ),
    ]

    @Test("the encodings of RFC 7427 appendix A", arguments: known)
    func encodings(_ scheme: SignatureScheme, _ der: [UInt8]) {
        #expect(scheme.algorithmIdentifier == der)
        #expect(SignatureScheme(algorithmIdentifier: der) == scheme)
    }

    static let hashes: [HashAlgorithm] = HashAlgorithm.allCases.filter { $0 != .identity }

    @Test("every scheme reads back as itself", arguments: hashes)
    func roundTrip(_ hash: HashAlgorithm) throws {
        for scheme in [SignatureScheme.rsaPKCS1(hash), .rsaPSS(hash), .ecdsa(hash)] {
            let der = try #require(scheme.algorithmIdentifier)
            #expect(SignatureScheme(algorithmIdentifier: der) == scheme)
        }
        #expect(SignatureScheme.ecdsaConcatenated(hash).algorithmIdentifier == nil)
    }

    @Test("an absent NULL and a spelled-out trailer are tolerated")
    func tolerance() {
        let withoutNull: [UInt8] = [0x30, 11, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]
        #expect(SignatureScheme(algorithmIdentifier: withoutNull) == .rsaPKCS1(.sha256))
        let withNull: [UInt8] = [0x30, 12, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2, 5, 0]
        #expect(SignatureScheme(algorithmIdentifier: withNull) == .ecdsa(.sha256))
        var pss = Self.known[7].1
        pss[1] += 5
        pss[14] += 5
        pss += [0xa3, 3, 2, 1, 1]
        #expect(SignatureScheme(algorithmIdentifier: pss) == .rsaPSS(.sha256))
        pss[pss.count - 1] = 2
        #expect(SignatureScheme(algorithmIdentifier: pss) == nil)
    }

    @Test("PSS with another salt or another mask hash is not offered")
    func otherPSS() {
        var salt = Self.known[7].1
        salt[salt.count - 1] = 20
        #expect(SignatureScheme(algorithmIdentifier: salt) == nil)
        var mask = Self.known[7].1
        mask[mask.count - 8] = 2
        #expect(SignatureScheme(algorithmIdentifier: mask) == nil)
    }

    @Test("prefixes and flipped octets give another scheme or none", arguments: known)
    func garbage(_ scheme: SignatureScheme, _ der: [UInt8]) {
        for count in 0..<der.count { #expect(SignatureScheme(algorithmIdentifier: Array(der[..<count])) == nil) }
        for index in der.indices {
            for mask in [1, 0x80, 0xff] as [UInt8] {
                var altered = der
                altered[index] ^= mask
                #expect(SignatureScheme(algorithmIdentifier: altered) != scheme)
            }
        }
        #expect(SignatureScheme(algorithmIdentifier: der + [0]) == nil)
    }
}

@Suite("Secrets")
struct SecretBytesTests {
    @Test("slices and concatenations hold the right octets")
    func parts() {
        let secret = SecretBytes(copying: [1, 2, 3, 4])
        #expect(secret.slice(1..<3).isEqual(to: SecretBytes(copying: [2, 3])))
        #expect(secret.appending(SecretBytes(copying: [5])).isEqual(to: SecretBytes(copying: [1, 2, 3, 4, 5])))
        #expect(!secret.isEqual(to: SecretBytes(copying: [1, 2, 3])))
        #expect(!secret.isEqual(to: SecretBytes(copying: [1, 2, 3, 5])))
        #expect(SecretBytes(copying: []).isEmpty)
    }
}
