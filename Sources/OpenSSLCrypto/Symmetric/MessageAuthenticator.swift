import COpenSSL
import CryptoInterface

/// A keyed function over octets, computed with a context that is keyed anew for each use.
protocol MessageAuthenticator: AnyObject {
    /// Octets of the untruncated result.
    var size: Int { get }

    /// Writes the first `output.count` octets of the result.
    func write(
        key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError)
}

/// HMAC or CMAC by libcrypto.
final class LibcryptoAuthenticator: MessageAuthenticator {
    let size: Int
    private let context: OpaquePointer

    /// HMAC with a digest of `size` octets; `nil` where libcrypto refuses.
    static func hmac(_ digest: String, size: Int) -> LibcryptoAuthenticator? {
        LibcryptoAuthenticator("HMAC", parameter: OSSL_MAC_PARAM_DIGEST, digest, size: size)
    }

    /// AES-CMAC with a key of 128 bits (RFC 4493).
    static func cmac() -> LibcryptoAuthenticator? {
        LibcryptoAuthenticator("CMAC", parameter: OSSL_MAC_PARAM_CIPHER, "AES-128-CBC", size: 16)
    }

    private init?(_ name: String, parameter: String, _ value: String, size: Int) {
        guard let algorithm = EVP_MAC_fetch(nil, name, nil) else {
            ERR_clear_error()
            return nil
        }
        defer { EVP_MAC_free(algorithm) }
        guard let context = EVP_MAC_CTX_new(algorithm) else { return nil }
        guard Self.set(parameter, value, in: context) else {
            ERR_clear_error()
            EVP_MAC_CTX_free(context)
            return nil
        }
        self.context = context
        self.size = size
    }

    deinit { EVP_MAC_CTX_free(context) }

    private static func set(_ parameter: String, _ value: String, in context: OpaquePointer) -> Bool {
        var value = Array(value.utf8CString)
        return parameter.withCString { name in
            value.withUnsafeMutableBufferPointer { text in
                let parameters = [
                    OSSL_PARAM_construct_utf8_string(name, text.baseAddress, 0), OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_CTX_set_params(context, parameters) == 1
            }
        }
    }

    func write(
        key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        guard output.count <= size else { throw .backend("a MAC of \(size) octets cannot fill \(output.count)") }
        // A null pointer would mean "the key of the last time", so an empty key points somewhere.
        var none: UInt8 = 0
        let keyed = withUnsafePointer(to: &none) { EVP_MAC_init(context, key.bytes ?? $0, key.count, nil) }
        guard keyed == 1 else { throw backendError("MAC key") }
        for part in parts where !part.isEmpty {
            guard EVP_MAC_update(context, part.bytes, part.count) == 1 else { throw backendError("MAC") }
        }
        try finish(into: output)
    }

    private func finish(into output: UnsafeMutableRawBufferPointer) throws(CryptoError) {
        var written = 0
        if output.count == size {
            guard EVP_MAC_final(context, output.bytes, &written, size) == 1 else { throw backendError("MAC") }
            return
        }
        // libcrypto writes whole results only; a truncated one passes through here.
        let isDone = withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { whole in
            defer { OPENSSL_cleanse(whole.baseAddress, whole.count) }
            guard EVP_MAC_final(context, whole.bytes, &written, size) == 1, written == size else { return false }
            output.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[..<output.count]))
            return true
        }
        guard isDone else { throw backendError("MAC") }
    }
}
