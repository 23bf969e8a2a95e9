import COpenSSL
import CryptoInterface
import IPsecModel

/// Cipher contexts: one for each algorithm, key length and direction, fetched once and keyed anew for each message.
///
/// A context for each IKE_SA would cost more than a kilobyte each way.
final class CipherContexts {
    enum Direction: Hashable { case encrypt, decrypt }

    private struct Slot: Hashable {
        let algorithm: EncryptionAlgorithm
        let keyLength: UInt16
        let direction: Direction
    }

    private var contexts: [Slot: OpaquePointer] = [:]

    deinit {
        for context in contexts.values { EVP_CIPHER_CTX_free(context) }
    }

    func supports(_ algorithm: EncryptionAlgorithm, keyLength: UInt16) -> Bool {
        algorithm == .null || (try? context(algorithm, keyLength: keyLength, .encrypt)) != nil
    }

    /// The context, with the parameters set that never change; key and IV are still to come.
    func context(
        _ algorithm: EncryptionAlgorithm, keyLength: UInt16, _ direction: Direction
    ) throws(CryptoError) -> OpaquePointer {
        let slot = Slot(algorithm: algorithm, keyLength: keyLength, direction: direction)
        if let known = contexts[slot] { return known }
        guard let name = algorithm.libcryptoName(keyLength: keyLength), let context = Self.make(name, slot) else {
            ERR_clear_error()
            throw .unsupported(algorithm.keyword(keyLength: keyLength))
        }
        contexts[slot] = context
        return context
    }

    private static func make(_ name: String, _ slot: Slot) -> OpaquePointer? {
        guard let cipher = EVP_CIPHER_fetch(nil, name, nil) else { return nil }
        defer { EVP_CIPHER_free(cipher) }
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        let encrypts: Int32 = slot.direction == .encrypt ? 1 : 0
        guard EVP_CipherInit_ex2(context, cipher, nil, nil, encrypts, nil) == 1,
            slot.algorithm.blockBytes == 1 || EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            !slot.algorithm.isCCM || prepareCCM(context, slot)
        else {
            EVP_CIPHER_CTX_free(context)
            return nil
        }
        return context
    }

    /// CCM wants the sizes of nonce and tag before the key (RFC 5282 §4: 11 octets of nonce).
    private static func prepareCCM(_ context: OpaquePointer, _ slot: Slot) -> Bool {
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 11, nil) == 1
            && (slot.direction == .decrypt
                || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(slot.algorithm.tagBytes), nil) == 1)
    }
}

extension EncryptionAlgorithm {
    var isCCM: Bool { self == .aesCCM8 || self == .aesCCM12 || self == .aesCCM16 }

    /// Counter mode with a separate MAC: a nonce from the keying material, an IV, a block counter (RFC 3686, RFC 5529).
    var isCounterMode: Bool { self == .aesCTR || self == .camelliaCTR }

    /// The name under which libcrypto fetches the cipher; `nil` where it has none or the key length is wrong.
    func libcryptoName(keyLength: UInt16) -> String? {
        let hasThreeSizes = keyLength == 128 || keyLength == 192 || keyLength == 256
        return switch self {
        case .aesCBC where hasThreeSizes: "AES-\(keyLength)-CBC"
        case .aesCTR where hasThreeSizes: "AES-\(keyLength)-CTR"
        case .aesGCM8 where hasThreeSizes, .aesGCM12 where hasThreeSizes, .aesGCM16 where hasThreeSizes:
            "AES-\(keyLength)-GCM"
        case .aesCCM8 where hasThreeSizes, .aesCCM12 where hasThreeSizes, .aesCCM16 where hasThreeSizes:
            "AES-\(keyLength)-CCM"
        case .camelliaCBC where hasThreeSizes: "CAMELLIA-\(keyLength)-CBC"
        case .camelliaCTR where hasThreeSizes: "CAMELLIA-\(keyLength)-CTR"
        case .chacha20Poly1305 where keyLength == 256: "ChaCha20-Poly1305"
        case .tripleDES where keyLength == 192: "DES-EDE3-CBC"
        default: nil
        }
    }

    /// The word of a proposal for this cipher, for messages about what is missing.
    func keyword(keyLength: UInt16) -> String {
        switch self {
        case .null: "null"
        case .des: "des"
        case .tripleDES: "3des"
        case .cast: "cast128"
        case .blowfish: "blowfish\(keyLength)"
        case .aesCBC: "aes\(keyLength)"
        case .aesCTR: "aes\(keyLength)ctr"
        case .aesGCM8, .aesGCM12, .aesGCM16: "aes\(keyLength)gcm\(tagBytes)"
        case .aesCCM8, .aesCCM12, .aesCCM16: "aes\(keyLength)ccm\(tagBytes)"
        case .aesGMAC: "aes\(keyLength)gmac"
        case .camelliaCBC: "camellia\(keyLength)"
        case .camelliaCTR: "camellia\(keyLength)ctr"
        case .camelliaCCM8, .camelliaCCM12, .camelliaCCM16: "camellia\(keyLength)ccm\(tagBytes)"
        case .chacha20Poly1305: "chacha20poly1305"
        default: "encryption algorithm \(rawValue)"
        }
    }
}
