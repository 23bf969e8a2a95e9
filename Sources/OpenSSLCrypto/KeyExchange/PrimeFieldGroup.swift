import COpenSSL
import CryptoInterface
import IPsecModel

/// MODP groups: RFC 2409 and RFC 3526 (safe primes), RFC 5114 (with subgroups).
///
/// A peer's value must satisfy 1 < y < p-1. In a safe-prime group that is all RFC 6989 §2.1 asks for; libcrypto's full
/// validation would cost a full-size exponentiation, four times the exchange itself. The groups of RFC 5114 have small
/// subgroups and do need it (RFC 6989 §2.2).
final class PrimeFieldGroup: DiffieHellmanGroup {
    let method: KeyExchangeMethod
    let generator: OpaquePointer
    let publicBytes: Int
    var secretBytes: Int { publicBytes }
    let needsSubgroupCheck: Bool
    private let template: OpaquePointer
    /// p - 1
    private let upperBound: OpaquePointer

    /// A group that libcrypto knows by name, where its exponents have the length that the group's strength asks for.
    convenience init?(_ method: KeyExchangeMethod, name: String, needsSubgroupCheck: Bool = false) {
        let group = OSSL_PKEY_PARAM_GROUP_NAME.withCString { key in
            var value = Array(name.utf8CString)
            return value.withUnsafeMutableBufferPointer { text in
                Self.parameters([
                    OSSL_PARAM_construct_utf8_string(key, text.baseAddress, 0), OSSL_PARAM_construct_end(),
                ])
            }
        }
        self.init(method, template: group, needsSubgroupCheck: needsSubgroupCheck)
    }

    /// A group of RFC 2409 by its prime, generator 2; takes over `prime`.
    convenience init?(_ method: KeyExchangeMethod, prime: OpaquePointer?) {
        defer { BN_free(prime) }
        self.init(method, template: prime.flatMap(Self.parameters(prime:)), needsSubgroupCheck: false)
    }

    private init?(_ method: KeyExchangeMethod, template: OpaquePointer?, needsSubgroupCheck: Bool) {
        guard let template else { return nil }
        guard let upperBound = Self.upperBound(template) else {
            EVP_PKEY_free(template)
            return nil
        }
        guard let generator = Self.generator(template) else {
            BN_free(upperBound)
            EVP_PKEY_free(template)
            return nil
        }
        self.method = method
        self.template = template
        self.upperBound = upperBound
        self.generator = generator
        self.needsSubgroupCheck = needsSubgroupCheck
        publicBytes = (Int(BN_num_bits(upperBound)) + 7) / 8
    }

    deinit {
        EVP_PKEY_CTX_free(generator)
        EVP_PKEY_free(template)
        BN_free(upperBound)
    }

    /// p - 1: the first value that is too large.
    var upperBoundOctets: [UInt8] {
        var octets = [UInt8](repeating: 0, count: publicBytes)
        BN_bn2binpad(upperBound, &octets, Int32(octets.count))
        return octets
    }

    func publicValue(of key: OpaquePointer) throws(CryptoError) -> [UInt8] {
        let encoded = try encodedPublicKey(key)
        guard encoded.count <= publicBytes else { throw .backend("a public value in \(encoded.count) octets") }
        // RFC 7296 §3.4: as long as the prime, with zeros in front.
        return Array(repeating: 0, count: publicBytes - encoded.count) + encoded
    }

    func peerKey(_ value: UnsafeRawBufferPointer) throws(CryptoError) -> OpaquePointer {
        guard let number = BN_bin2bn(value.bytes, Int32(value.count), nil) else { throw backendError("number") }
        defer { BN_free(number) }
        guard BN_is_zero(number) == 0, BN_is_one(number) == 0, BN_cmp(number, upperBound) < 0 else {
            throw .badPublicValue("outside the range of \(method.keyword)")
        }
        return try key(like: template, encoded: Array(value))
    }

    /// RFC 7296 §2.14: g^ir is padded to the length of the prime.
    func prepare(_ derivation: OpaquePointer) -> Bool {
        var pad: UInt32 = 1
        return OSSL_EXCHANGE_PARAM_PAD.withCString { name in
            withUnsafeMutablePointer(to: &pad) { pad in
                let parameters = [OSSL_PARAM_construct_uint(name, pad), OSSL_PARAM_construct_end()]
                return EVP_PKEY_CTX_set_params(derivation, parameters) == 1
            }
        }
    }
}

// MARK: - Making

extension PrimeFieldGroup {
    private static func parameters(_ parameters: [OSSL_PARAM]) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "DH", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var parameters = parameters
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, swand_select_parameters, &parameters) == 1
        else { return nil }
        return key
    }

    private static func parameters(prime: OpaquePointer) -> OpaquePointer? {
        guard let two = BN_new() else { return nil }
        defer { BN_free(two) }
        // RFC 3526 §8 asks for twice the strength; both primes are far below 128 bits of it.
        guard BN_set_word(two, 2) == 1, let parameters = swand_dh_parameters(prime, two, 256) else { return nil }
        defer { OSSL_PARAM_free(parameters) }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "DH", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, swand_select_parameters, parameters) == 1
        else { return nil }
        return key
    }

    private static func upperBound(_ template: OpaquePointer) -> OpaquePointer? {
        var prime: OpaquePointer?
        guard EVP_PKEY_get_bn_param(template, OSSL_PKEY_PARAM_FFC_P, &prime) == 1, let prime else { return nil }
        guard BN_sub_word(prime, 1) == 1 else {
            BN_free(prime)
            return nil
        }
        return prime
    }

    private static func generator(_ template: OpaquePointer) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, template, nil) else { return nil }
        guard EVP_PKEY_keygen_init(context) == 1 else {
            EVP_PKEY_CTX_free(context)
            return nil
        }
        return context
    }
}
