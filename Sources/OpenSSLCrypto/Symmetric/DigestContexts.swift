import COpenSSL
import CryptoInterface

/// Message digests: each algorithm is fetched once and its context used again.
final class DigestContexts {
    private struct Digest {
        let algorithm: OpaquePointer
        let context: OpaquePointer
    }

    private var digests: [HashAlgorithm: Digest] = [:]

    deinit {
        for digest in digests.values {
            EVP_MD_CTX_free(digest.context)
            EVP_MD_free(digest.algorithm)
        }
    }

    func write(
        _ algorithm: HashAlgorithm, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        let digest = try self.digest(algorithm)
        guard let target = output.bytes, output.count == algorithm.digestSize else {
            throw .backend("a \(algorithm) digest has \(algorithm.digestSize) octets, not \(output.count)")
        }
        guard EVP_DigestInit_ex2(digest.context, digest.algorithm, nil) == 1 else { throw backendError("digest") }
        for part in parts where !part.isEmpty {
            guard EVP_DigestUpdate(digest.context, part.baseAddress, part.count) == 1 else {
                throw backendError("digest")
            }
        }
        guard EVP_DigestFinal_ex(digest.context, target, nil) == 1 else { throw backendError("digest") }
    }

    func supports(_ algorithm: HashAlgorithm) -> Bool { (try? digest(algorithm)) != nil }

    private func digest(_ algorithm: HashAlgorithm) throws(CryptoError) -> Digest {
        if let digest = digests[algorithm] { return digest }
        guard let name = algorithm.libcryptoName, let fetched = EVP_MD_fetch(nil, name, nil) else {
            ERR_clear_error()
            throw .unsupported("\(algorithm)")
        }
        guard let context = EVP_MD_CTX_new() else {
            EVP_MD_free(fetched)
            throw backendError("digest context")
        }
        let digest = Digest(algorithm: fetched, context: context)
        digests[algorithm] = digest
        return digest
    }
}

extension HashAlgorithm {
    /// The name under which libcrypto fetches the digest; `nil` for the identity "hash" of RFC 8420.
    var libcryptoName: String? {
        switch self {
        case .sha1: "SHA1"
        case .sha256: "SHA2-256"
        case .sha384: "SHA2-384"
        case .sha512: "SHA2-512"
        case .sha3_224: "SHA3-224"
        case .sha3_256: "SHA3-256"
        case .sha3_384: "SHA3-384"
        case .sha3_512: "SHA3-512"
        case .identity: nil
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// The memory as libcrypto wants it; `nil` for an empty buffer without memory.
    var bytes: UnsafeMutablePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension UnsafeRawBufferPointer {
    var bytes: UnsafePointer<UInt8>? { baseAddress?.assumingMemoryBound(to: UInt8.self) }
}
