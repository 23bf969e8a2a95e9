import COpenSSL
import CryptoInterface
import IPsecModel

/// The MACs behind PRFs and integrity algorithms, made on first use and kept.
final class AuthenticatorTable {
    private enum Function: Hashable {
        case hmac(HashAlgorithm?)
        case cmac
        case xcbc

        /// `nil` stands for MD5, which is no hash of IKEv2's signatures.
        static let hmacMD5 = Function.hmac(nil)
    }

    private var made: [Function: any MessageAuthenticator] = [:]

    func supports(_ algorithm: PRFAlgorithm) -> Bool { (try? authenticator(algorithm)) != nil }

    func supports(_ algorithm: IntegrityAlgorithm) -> Bool {
        algorithm == .none || (try? authenticator(algorithm)) != nil
    }

    /// prf(key, parts…), with the key rules of RFC 4434 and RFC 4615 for the AES functions.
    func writePRF(
        _ algorithm: PRFAlgorithm, key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer],
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        let authenticator = try authenticator(algorithm)
        guard output.count == authenticator.size else {
            throw .backend("the PRF writes \(authenticator.size) octets, not \(output.count)")
        }
        guard algorithm == .aesXCBC || algorithm == .aesCMAC, key.count != authenticator.size else {
            return try authenticator.write(key: key, parts, into: output)
        }
        let fitted = try fit(key, for: algorithm, authenticator)
        try fitted.withUnsafeBytes { (key) throws(CryptoError) in
            try authenticator.write(key: key, parts, into: output)
        }
    }

    /// The MAC of an integrity algorithm, cut to `output.count` octets.
    func writeICV(
        _ algorithm: IntegrityAlgorithm, key: UnsafeRawBufferPointer, _ message: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try authenticator(algorithm).write(key: key, [message], into: output)
    }

    /// A key of 16 octets from one of another size: RFC 4434 §2 pads a short key with zeros, RFC 4615 §3 does not;
    /// both run a longer one through the function under a key of zeros.
    private func fit(
        _ key: UnsafeRawBufferPointer, for algorithm: PRFAlgorithm, _ authenticator: any MessageAuthenticator
    ) throws(CryptoError) -> SecretBytes {
        try SecretBytes(count: authenticator.size) { (buffer) throws(CryptoError) in
            if algorithm == .aesXCBC, key.count < buffer.count {
                buffer.copyMemory(from: key)
                return
            }
            let zeros = [UInt8](repeating: 0, count: authenticator.size)
            try zeros.withUnsafeBytesTyped { (zeroKey) throws(CryptoError) in
                try authenticator.write(key: zeroKey, [key], into: buffer)
            }
        }
    }

    private func authenticator(_ algorithm: PRFAlgorithm) throws(CryptoError) -> any MessageAuthenticator {
        switch algorithm {
        case .hmacMD5: try authenticator(.hmacMD5, keyword: "prfmd5")
        case .hmacSHA1: try authenticator(.hmac(.sha1), keyword: "prfsha1")
        case .hmacSHA256: try authenticator(.hmac(.sha256), keyword: "prfsha256")
        case .hmacSHA384: try authenticator(.hmac(.sha384), keyword: "prfsha384")
        case .hmacSHA512: try authenticator(.hmac(.sha512), keyword: "prfsha512")
        case .aesXCBC: try authenticator(.xcbc, keyword: "prfaesxcbc")
        case .aesCMAC: try authenticator(.cmac, keyword: "prfaescmac")
        default: throw .unsupported("PRF \(algorithm.rawValue)")
        }
    }

    private func authenticator(_ algorithm: IntegrityAlgorithm) throws(CryptoError) -> any MessageAuthenticator {
        switch algorithm {
        case .hmacMD5_96, .hmacMD5_128: try authenticator(.hmacMD5, keyword: "md5")
        case .hmacSHA1_96, .hmacSHA1_160: try authenticator(.hmac(.sha1), keyword: "sha1")
        case .hmacSHA256_128, .hmacSHA256_96: try authenticator(.hmac(.sha256), keyword: "sha256")
        case .hmacSHA384_192: try authenticator(.hmac(.sha384), keyword: "sha384")
        case .hmacSHA512_256: try authenticator(.hmac(.sha512), keyword: "sha512")
        case .aesXCBC96: try authenticator(.xcbc, keyword: "aesxcbc")
        case .aesCMAC96: try authenticator(.cmac, keyword: "aescmac")
        default: throw .unsupported("integrity algorithm \(algorithm.rawValue)")
        }
    }

    private func authenticator(
        _ function: Function, keyword: String
    ) throws(CryptoError) -> any MessageAuthenticator {
        if let known = made[function] { return known }
        guard let fresh = make(function) else { throw .unsupported(keyword) }
        made[function] = fresh
        return fresh
    }

    private func make(_ function: Function) -> (any MessageAuthenticator)? {
        switch function {
        case .hmac(let hash):
            LibcryptoAuthenticator.hmac(hash?.libcryptoName ?? "MD5", size: hash?.digestSize ?? 16)
        case .cmac: LibcryptoAuthenticator.cmac()
        case .xcbc: XCBCAuthenticator()
        }
    }
}
