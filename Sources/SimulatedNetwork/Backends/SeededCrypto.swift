package import CryptoInterface
package import IPsecModel
import OpenSSLCrypto

/// libcrypto with a generator that can be wound back: two runs with one seed choose the same SPIs, nonces and jitter.
///
/// Key exchanges are libcrypto's own, or ``ToyKeyExchange`` where thousands of set-ups have to be cheap. Everything
/// else (PRF, AEAD, hashes) is real, so that a key that does not fit shows.
package final class SeededCrypto: CryptoProvider {
    private let inner = OpenSSLProvider()
    private var generator: SeededGenerator
    private let usesToyKeyExchange: Bool

    /// The first octet of each of the next nonces, so that a test decides who wins a collision.
    package var nextNonceOctets: [UInt8] = []

    package init(seed: UInt64, toyKeyExchange: Bool = true) {
        generator = SeededGenerator(seed: seed)
        usesToyKeyExchange = toyKeyExchange
    }

    package func supports(_ transform: Transform) -> Bool { inner.supports(transform) }

    package func publicRandom(_ buffer: UnsafeMutableRawBufferPointer) {
        fill(buffer)
        // Nothing else that the core draws has the size of its nonces.
        if buffer.count == Self.nonceSize, !nextNonceOctets.isEmpty { buffer[0] = nextNonceOctets.removeFirst() }
    }
    private static let nonceSize = 32

    package func secretRandom(_ buffer: UnsafeMutableRawBufferPointer) { fill(buffer) }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        var word: UInt64 = 0
        for index in buffer.indices {
            if index % 8 == 0 { word = generator.next() }
            buffer[index] = UInt8(truncatingIfNeeded: word)
            word >>= 8
        }
    }

    package func hash(
        _ algorithm: HashAlgorithm, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try inner.hash(algorithm, parts, into: output)
    }

    package func prf(
        _ algorithm: PRFAlgorithm, key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer],
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try inner.prf(algorithm, key: key, parts, into: output)
    }

    package func keyExchange(_ method: KeyExchangeMethod) throws(CryptoError) -> any KeyExchange {
        guard usesToyKeyExchange else { return try inner.keyExchange(method) }
        return ToyKeyExchange(method, publicValue: publicRandom(count: ToyKeyExchange.size(method)), crypto: inner)
    }

    package func answerKeyExchange(
        _ method: KeyExchangeMethod, peer: UnsafeRawBufferPointer
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes) {
        guard usesToyKeyExchange else { return try inner.answerKeyExchange(method, peer: peer) }
        let own = ToyKeyExchange(method, publicValue: publicRandom(count: ToyKeyExchange.size(method)), crypto: inner)
        return (own.publicValue, try own.sharedSecret(peer: peer))
    }

    package func seal(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int, ivCounter: UInt64
    ) throws(CryptoError) {
        try inner.seal(protection, keys: keys, message: message, headerLength: headerLength, ivCounter: ivCounter)
    }

    package func open(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int
    ) throws(CryptoError) {
        try inner.open(protection, keys: keys, message: message, headerLength: headerLength)
    }
}

/// A key exchange without mathematics: the secret is a hash of both public values, so both sides agree, and everybody
/// who listens could too. For simulations only.
final class ToyKeyExchange: KeyExchange {
    /// Octets of a public value: those of ML-KEM are as long as the real ones, for what has to be fragmented.
    static func size(_ method: KeyExchangeMethod) -> Int {
        switch method {
        case .mlkem512: 800
        case .mlkem768: 1184
        case .mlkem1024: 1568
        default: 40
        }
    }

    let method: KeyExchangeMethod
    let publicValue: [UInt8]
    private let crypto: any CryptoProvider

    init(_ method: KeyExchangeMethod, publicValue: [UInt8], crypto: any CryptoProvider) {
        self.method = method
        self.publicValue = publicValue
        self.crypto = crypto
    }

    func sharedSecret(peer: UnsafeRawBufferPointer) throws(CryptoError) -> SecretBytes {
        guard peer.count == Self.size(method) else { throw .badPublicValue("\(peer.count) octets") }
        let theirs = Array(peer)
        let ordered = publicValue.lexicographicallyPrecedes(theirs) ? publicValue + theirs : theirs + publicValue
        return SecretBytes(copying: try crypto.hash(.sha256, ordered))
    }
}
