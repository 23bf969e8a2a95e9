import COpenSSL
import CryptoInterface

/// What libcrypto says about its last failure, with its error queue emptied.
func libcryptoReason() -> String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let reason = ERR_reason_error_string(code) else { return "refused" }
    return String(cString: reason)
}

/// The octets that an `i2d` function writes; empty where it fails.
func encoded(_ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8] {
    var start: UnsafeMutablePointer<UInt8>?
    let count = encode(&start)
    defer { CRYPTO_free(start, #fileID, #line) }
    guard count > 0, let start else {
        ERR_clear_error()
        return []
    }
    return Array(UnsafeBufferPointer(start: start, count: Int(count)))
}

/// Reads an object with a `d2i` function that must consume every octet; `nil` where it does not.
func decoded(
    _ der: [UInt8], _ decode: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?,
    free: (OpaquePointer) -> Void
) -> OpaquePointer? {
    der.withUnsafeBufferPointer { octets in
        var position = octets.baseAddress
        guard let start = position, let object = decode(&position, octets.count) else {
            ERR_clear_error()
            return nil
        }
        guard position == start + octets.count else {
            free(object)
            return nil
        }
        return object
    }
}

/// Runs `body` with a BIO that reads the octets.
func withMemoryBIO<Result>(_ octets: UnsafeRawBufferPointer, _ body: (OpaquePointer) -> Result?) -> Result? {
    guard let start = octets.baseAddress, octets.count <= Int(Int32.max),
        let bio = BIO_new_mem_buf(start, Int32(octets.count))
    else { return nil }
    defer { BIO_free(bio) }
    return body(bio)
}

/// The octets of an ASN.1 string.
func octets(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
    guard let string, let data = ASN1_STRING_get0_data(string) else { return [] }
    return Array(UnsafeBufferPointer(start: data, count: max(0, Int(ASN1_STRING_length(string)))))
}

/// Seconds since 1970; `nil` for a time that is malformed.
func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
    guard let time, let epoch = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_STRING_free(epoch) }
    var days: Int32 = 0
    var rest: Int32 = 0
    guard ASN1_TIME_diff(&days, &rest, epoch, time) == 1 else {
        ERR_clear_error()
        return nil
    }
    return Int64(days) * 86_400 + Int64(rest)
}

func sha1(_ data: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 20)
    guard EVP_Digest(data, data.count, &digest, nil, EVP_sha1(), nil) == 1 else {
        ERR_clear_error()
        return []
    }
    return digest
}

/// Whether the octets are text armour rather than DER.
func isPEM(_ octets: UnsafeRawBufferPointer) -> Bool {
    let marker = Array("-----BEGIN ".utf8)
    guard octets.count >= marker.count else { return false }
    for start in 0...(octets.count - marker.count) where octets[start] == marker[0] {
        if octets[start..<start + marker.count].elementsEqual(marker) { return true }
    }
    return false
}

extension HashAlgorithm {
    /// libcrypto's digest, fetched behind the scenes; `nil` for the identity hash.
    var digest: OpaquePointer? {
        switch self {
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        case .sha3_224: EVP_sha3_224()
        case .sha3_256: EVP_sha3_256()
        case .sha3_384: EVP_sha3_384()
        case .sha3_512: EVP_sha3_512()
        case .identity: nil
        }
    }

    /// The name in constraints of configurations (`sha256`).
    init?(nid: Int32) {
        switch nid {
        case NID_sha1: self = .sha1
        case NID_sha256: self = .sha256
        case NID_sha384: self = .sha384
        case NID_sha512: self = .sha512
        case NID_sha3_224: self = .sha3_224
        case NID_sha3_256: self = .sha3_256
        case NID_sha3_384: self = .sha3_384
        case NID_sha3_512: self = .sha3_512
        default: return nil
        }
    }
}
