package import IPsecModel

/// The provider's calls with values in place of memory: for callers that do not count allocations.
extension CryptoProvider {
    /// `count` octets that the wire shows.
    package func publicRandom(count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { publicRandom($0) }
        return bytes
    }

    /// `count` octets that stay here.
    package func secretRandom(count: Int) -> SecretBytes {
        SecretBytes(count: count) { secretRandom($0) }
    }

    /// The digest of the concatenated parts.
    package func hash(_ algorithm: HashAlgorithm, _ parts: [UInt8]...) throws(CryptoError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: algorithm.digestSize)
        var failure: CryptoError?
        joined(parts).withUnsafeBytes { data in
            digest.withUnsafeMutableBytes { output in
                do throws(CryptoError) { try hash(algorithm, [data], into: output) } catch { failure = error }
            }
        }
        if let failure { throw failure }
        return digest
    }

    /// prf(key, data…) (RFC 7296 §2.13).
    package func prf(
        _ algorithm: PRFAlgorithm, key: SecretBytes, _ data: [UInt8]...
    ) throws(CryptoError) -> SecretBytes {
        let data = joined(data)
        return try SecretBytes(count: algorithm.outputBytes) { (output) throws(CryptoError) in
            try key.withUnsafeBytes { (key) throws(CryptoError) in
                try data.withUnsafeBufferPointer { (data) throws(CryptoError) in
                    try prf(algorithm, key: key, [UnsafeRawBufferPointer(data)], into: output)
                }
            }
        }
    }

    /// prf+(key, seed) (RFC 7296 §2.13):
    ///
    ///     T1 = prf(K, S | 0x01)    Tn = prf(K, Tn-1 | S | n)
    ///
    /// - Throws: ``CryptoError/backend(_:)`` where `count` asks for more than 255 blocks.
    package func prfPlus(
        _ algorithm: PRFAlgorithm, key: SecretBytes, seed: [UInt8], count: Int
    ) throws(CryptoError) -> SecretBytes {
        try seed.withUnsafeBufferPointer { (seed) throws(CryptoError) in
            try prfPlus(algorithm, key: key, seed: UnsafeRawBufferPointer(seed), count: count)
        }
    }

    /// prf+ with a seed that is itself secret: KEYMAT with a fresh key exchange (RFC 7296 §2.17).
    package func prfPlus(
        _ algorithm: PRFAlgorithm, key: SecretBytes, seed: SecretBytes, count: Int
    ) throws(CryptoError) -> SecretBytes {
        try seed.withUnsafeBytes { (seed) throws(CryptoError) in
            try prfPlus(algorithm, key: key, seed: seed, count: count)
        }
    }

    private func prfPlus(
        _ algorithm: PRFAlgorithm, key: SecretBytes, seed: UnsafeRawBufferPointer, count: Int
    ) throws(CryptoError) -> SecretBytes {
        let block = algorithm.outputBytes
        guard block > 0 else { throw .unsupported("PRF \(algorithm.rawValue)") }
        guard count >= 0, count <= 255 * block else { throw .backend("prf+ cannot make \(count) octets") }
        let blocks = (count + block - 1) / block
        let whole = try SecretBytes(count: blocks * block) { (output) throws(CryptoError) in
            try key.withUnsafeBytes { (key) throws(CryptoError) in
                try expand(algorithm, key: key, seed: seed, into: output)
            }
        }
        return blocks * block == count ? whole : whole.slice(0..<count)
    }

    package func answerKeyExchange(
        _ method: KeyExchangeMethod, peer: [UInt8]
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes) {
        try peer.withUnsafeBufferPointer { (peer) throws(CryptoError) in
            try answerKeyExchange(method, peer: UnsafeRawBufferPointer(peer))
        }
    }

    /// Seals a message that stands in an array, laid out as the protocol's `seal` says.
    package func seal(
        _ protection: MessageProtection, keys: DirectionKeys, message: inout [UInt8], headerLength: Int,
        ivCounter: UInt64
    ) throws(CryptoError) {
        try message.withUnsafeMutableBufferPointer { (message) throws(CryptoError) in
            try seal(
                protection, keys: keys, message: UnsafeMutableRawBufferPointer(message), headerLength: headerLength,
                ivCounter: ivCounter)
        }
    }

    /// Opens a message that stands in an array.
    package func open(
        _ protection: MessageProtection, keys: DirectionKeys, message: inout [UInt8], headerLength: Int
    ) throws(CryptoError) {
        try message.withUnsafeMutableBufferPointer { (message) throws(CryptoError) in
            try open(
                protection, keys: keys, message: UnsafeMutableRawBufferPointer(message), headerLength: headerLength)
        }
    }

    /// Fills `output`, a whole number of blocks and at most 255 of them.
    private func expand(
        _ algorithm: PRFAlgorithm, key: UnsafeRawBufferPointer, seed: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        let block = algorithm.outputBytes
        var number: UInt8 = 0
        var previous = UnsafeRawBufferPointer(start: nil, count: 0)
        for start in stride(from: 0, to: output.count, by: block) {
            number += 1
            let target = UnsafeMutableRawBufferPointer(rebasing: output[start..<start + block])
            let parts = [previous, seed]
            var failure: CryptoError?
            withUnsafeBytes(of: &number) { number in
                do throws(CryptoError) {
                    try prf(algorithm, key: key, parts + [number], into: target)
                } catch { failure = error }
            }
            if let failure { throw failure }
            previous = UnsafeRawBufferPointer(target)
        }
    }

    private func joined(_ parts: [[UInt8]]) -> [UInt8] {
        parts.count == 1 ? parts[0] : Array(parts.joined())
    }
}

extension KeyExchange {
    package func sharedSecret(peer: [UInt8]) throws(CryptoError) -> SecretBytes {
        try peer.withUnsafeBufferPointer { (peer) throws(CryptoError) in
            try sharedSecret(peer: UnsafeRawBufferPointer(peer))
        }
    }
}
