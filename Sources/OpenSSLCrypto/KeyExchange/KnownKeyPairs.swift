import COpenSSL
import CryptoInterface
import IPsecModel

// Key pairs from given private keys: known-answer tests need them, IKE never does.

extension MontgomeryGroup {
    func pair(privateKey: [UInt8]) throws(CryptoError) -> DiffieHellmanPair {
        let name = method == .curve25519 ? "X25519" : "X448"
        guard let key = EVP_PKEY_new_raw_private_key_ex(nil, name, nil, privateKey, privateKey.count) else {
            throw backendError("private key")
        }
        do throws(CryptoError) {
            return DiffieHellmanPair(group: self, key: key, publicValue: try publicValue(of: key))
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
    }
}

extension PrimeCurveGroup {
    /// - Parameter publicValue: X || Y of the same pair.
    func pair(privateKey: [UInt8], publicValue: [UInt8]) throws(CryptoError) -> DiffieHellmanPair {
        let group = try publicKey(publicValue)
        defer { EVP_PKEY_free(group) }
        var name = [CChar](repeating: 0, count: 64)
        guard EVP_PKEY_get_group_name(group, &name, name.count, nil) == 1 else { throw backendError("group name") }
        let number = BN_bin2bn(privateKey, Int32(privateKey.count), nil)
        defer { BN_clear_free(number) }
        let encoded = [4] + publicValue
        guard let parameters = swand_ec_pair_parameters(name, number, encoded, encoded.count) else {
            throw backendError("parameters")
        }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { throw backendError("key") }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, swand_select_keypair, parameters) == 1, let key
        else { throw backendError("private key") }
        return DiffieHellmanPair(group: self, key: key, publicValue: publicValue)
    }

    private func publicKey(_ value: [UInt8]) throws(CryptoError) -> OpaquePointer {
        try value.withUnsafeBytesTyped { (value) throws(CryptoError) in try peerKey(value) }
    }
}
