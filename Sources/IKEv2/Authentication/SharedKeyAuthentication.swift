import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// AUTH by pre-shared key: prf(prf(key, "Key Pad for IKEv2"), octets) (RFC 7296 §2.15).
struct SharedKeyAuthentication {
    let crypto: any CryptoProvider
    let prf: PRFAlgorithm

    init(crypto: any CryptoProvider, prf: PRFAlgorithm) {
        self.crypto = crypto
        self.prf = prf
    }

    func authenticationData(_ key: SecretBytes, _ octets: SignedOctets) throws(CryptoError) -> [UInt8] {
        let padded = try crypto.prf(prf, key: key, Self.pad)
        return try crypto.prf(prf, key: padded, octets.bytes).withUnsafeBytes { Array($0) }
    }

    func isValid(_ data: [UInt8], _ key: SecretBytes, _ octets: SignedOctets) -> Bool {
        guard let expected = try? authenticationData(key, octets) else { return false }
        return constantTimeEqual(expected, data)
    }

    /// Seventeen octets without a final zero.
    private static let pad = Array("Key Pad for IKEv2".utf8)
}
