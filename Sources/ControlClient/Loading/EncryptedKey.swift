import CryptoInterface
import PKI

/// A file with a private key that may be encrypted: PEM of either kind, or PKCS #8 in DER, which does not say so at its
/// beginning.
struct EncryptedKey {
    private let data: [UInt8]
    /// Whether it can only be read with a passphrase. What cannot be read at all is left to the daemon to complain of.
    let needsPassphrase: Bool

    init(_ data: [UInt8]) {
        self.data = data
        do throws(CryptoError) {
            _ = try PrivateKey(data: data)
            needsPassphrase = false
        } catch {
            needsPassphrase = error == PrivateKey.passphraseMissing
        }
    }

    /// PKCS #8, no longer encrypted.
    func decrypted(_ passphrase: SecretBytes) throws(CryptoError) -> [UInt8] {
        try PrivateKey(data: data, passphrase: passphrase).pkcs8Encoding().withUnsafeBytes { Array($0) }
    }
}
