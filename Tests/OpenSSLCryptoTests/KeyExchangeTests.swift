import CryptoInterface
import IPsecModel
import Testing

@testable import OpenSSLCrypto

@Suite("Key exchange")
struct KeyExchangeTests {
    let provider = OpenSSLProvider()

    static let methods: [KeyExchangeMethod] = [
        .modp768, .modp1024, .modp1536, .modp2048, .modp3072, .modp1024s160, .modp2048s224, .modp2048s256,
        .ecp192, .ecp224, .ecp256, .ecp384, .ecp521, .brainpool224, .brainpool256, .brainpool384, .brainpool512,
        .curve25519, .curve448,
    ]

    @Test("both sides find the same secret", arguments: methods)
    func agreement(_ method: KeyExchangeMethod) throws {
        let ours = try provider.keyExchange(method)
        let answer = try provider.answerKeyExchange(method, peer: ours.publicValue)
        let secret = try ours.sharedSecret(peer: answer.publicValue)
        #expect(secret.isEqual(to: answer.secret))
        #expect(provider.supports(.keyExchange(method)))
    }

    static let publicSizes: [(KeyExchangeMethod, Int)] = [
        (.modp768, 96), (.modp1024, 128), (.modp1536, 192), (.modp2048, 256), (.modp3072, 384), (.modp4096, 512),
        (.modp6144, 768), (.modp8192, 1024), (.modp1024s160, 128), (.modp2048s224, 256), (.modp2048s256, 256),
        (.ecp192, 48), (.ecp224, 56), (.ecp256, 64), (.ecp384, 96), (.ecp521, 132), (.brainpool224, 56),
        (.brainpool256, 64), (.brainpool384, 96), (.brainpool512, 128), (.curve25519, 32), (.curve448, 56),
    ]

    @Test("public values have the size of the group", arguments: publicSizes)
    func sizes(_ method: KeyExchangeMethod, _ size: Int) throws {
        #expect(try provider.keyExchange(method).publicValue.count == size)
    }

    @Test("values of a wrong size are refused", arguments: publicSizes)
    func wrongSizes(_ method: KeyExchangeMethod, _ size: Int) throws {
        for count in [0, 1, size - 1, size + 1, 2 * size] {
            #expect(
                isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: Array(repeating: 2, count: count)) }
            )
        }
    }

    static let primeFields = publicSizes.prefix(11).map { $0 }

    @Test("0, 1, p-1 and p are no values of a prime field", arguments: primeFields)
    func primeFieldBounds(_ method: KeyExchangeMethod, _ size: Int) throws {
        let group = try #require(try provider.keyExchanges.group(method) as? PrimeFieldGroup)
        let belowPrime = group.upperBoundOctets
        #expect(belowPrime.count == size)
        var prime = belowPrime
        prime[size - 1] += 1
        let zero = [UInt8](repeating: 0, count: size)
        var one = zero
        one[size - 1] = 1
        for value in [zero, one, belowPrime, prime, Array(repeating: 255, count: size)] {
            #expect(isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: value) })
        }
    }

    @Test("a value outside the subgroup is refused", arguments: [KeyExchangeMethod.modp1024s160, .modp2048s256])
    func subgroup(_ method: KeyExchangeMethod) throws {
        // 2 has not the order q in these groups.
        var value = [UInt8](repeating: 0, count: try provider.keyExchange(method).publicValue.count)
        value[value.count - 1] = 2
        #expect(isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: value) })
    }

    @Test(
        "a point that is not on the curve is refused",
        arguments: publicSizes.filter { (19...30).contains($0.0.rawValue) && !(22...24).contains($0.0.rawValue) })
    func offCurve(_ method: KeyExchangeMethod, _ size: Int) throws {
        var value = try provider.keyExchange(method).publicValue
        value[size - 1] ^= 1
        #expect(isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: value) })
        #expect(isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: Array(repeating: 0, count: size)) })
        #expect(
            isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: Array(repeating: 255, count: size)) })
    }

    @Test("points of small order give no secret", arguments: [KeyExchangeMethod.curve25519, .curve448])
    func smallOrder(_ method: KeyExchangeMethod) throws {
        let size = try provider.keyExchange(method).publicValue.count
        var one = [UInt8](repeating: 0, count: size)
        #expect(isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: one) })
        one[0] = 1
        #expect(isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: one) })
    }

    @Test("RFC 7748 §6", arguments: MontgomeryVector.all)
    func montgomery(_ vector: MontgomeryVector) throws {
        let group = try #require(try provider.keyExchanges.group(vector.method) as? MontgomeryGroup)
        let alice = try group.pair(privateKey: octets(vector.alicePrivate))
        let bob = try group.pair(privateKey: octets(vector.bobPrivate))
        #expect(alice.publicValue == octets(vector.alicePublic))
        #expect(bob.publicValue == octets(vector.bobPublic))
        let expected = SecretBytes(copying: octets(vector.shared))
        #expect(try alice.sharedSecret(peer: bob.publicValue).isEqual(to: expected))
        #expect(try bob.sharedSecret(peer: alice.publicValue).isEqual(to: expected))
    }

    @Test("RFC 5903 §8", arguments: CurveVector.all)
    func primeCurve(_ vector: CurveVector) throws {
        let group = try #require(try provider.keyExchanges.group(vector.method) as? PrimeCurveGroup)
        let ours = try group.pair(
            privateKey: octets(vector.ours.key), publicValue: octets(vector.ours.x + vector.ours.y))
        let peer = try group.pair(
            privateKey: octets(vector.peer.key), publicValue: octets(vector.peer.x + vector.peer.y))
        let expected = SecretBytes(copying: octets(vector.shared))
        #expect(try ours.sharedSecret(peer: peer.publicValue).isEqual(to: expected))
        #expect(try peer.sharedSecret(peer: ours.publicValue).isEqual(to: expected))
    }

    @Test("a short shared secret is padded to the size of the prime")
    func padding() throws {
        // With 256 exchanges, one secret starts with a zero octet in two runs of three; all must be whole.
        let ours = try provider.keyExchange(.modp768)
        for _ in 0..<64 {
            let answer = try provider.answerKeyExchange(.modp768, peer: ours.publicValue)
            #expect(answer.secret.count == 96)
            #expect(answer.publicValue.count == 96)
        }
    }

    @Test("what libcrypto lacks is named by its keyword")
    func unsupported() {
        #expect(throws: CryptoError.unsupported("key exchange method 999")) {
            _ = try provider.keyExchange(KeyExchangeMethod(rawValue: 999))
        }
        #expect(!provider.supports(.keyExchange(KeyExchangeMethod(rawValue: 999))))
        #expect(provider.supports(.keyExchange(.none)))
    }

    @Test("ML-KEM works or is reported missing", arguments: [KeyExchangeMethod.mlkem512, .mlkem768, .mlkem1024])
    func lattice(_ method: KeyExchangeMethod) throws {
        guard provider.supports(.keyExchange(method)) else {
            #expect(throws: CryptoError.self) { _ = try provider.keyExchange(method) }
            return
        }
        let ours = try provider.keyExchange(method)
        let answer = try provider.answerKeyExchange(method, peer: ours.publicValue)
        #expect(try ours.sharedSecret(peer: answer.publicValue).isEqual(to: answer.secret))
        #expect(isBadPublicValue { _ = try ours.sharedSecret(peer: Array(answer.publicValue.dropLast())) })
        #expect(isBadPublicValue { _ = try provider.answerKeyExchange(method, peer: [1, 2, 3]) })
        var altered = answer.publicValue
        altered[0] ^= 1
        #expect(try !ours.sharedSecret(peer: altered).isEqual(to: answer.secret))
    }
}
