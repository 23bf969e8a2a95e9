import COpenSSL
import CryptoInterface

/// AES-XCBC-MAC with a key of 128 bits (RFC 3566), which libcrypto does not have.
///
///     K1 = E(K, 01…01)   K2 = E(K, 02…02)   K3 = E(K, 03…03)
///     E[0] = 0,  E[i] = E(K1, M[i] ^ E[i-1]),  MAC = E(K1, M[n] ^ E[n-1] ^ K2 or K3)
///
/// K2 ends a message of whole blocks, K3 one that was padded with 1 0 0….
final class XCBCAuthenticator: MessageAuthenticator {
    let size = 16
    private static let block = 16
    private let context: OpaquePointer

    init?() {
        guard let cipher = EVP_CIPHER_fetch(nil, "AES-128-ECB", nil) else {
            ERR_clear_error()
            return nil
        }
        defer { EVP_CIPHER_free(cipher) }
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        guard EVP_EncryptInit_ex2(context, cipher, nil, nil, nil) == 1 else {
            ERR_clear_error()
            EVP_CIPHER_CTX_free(context)
            return nil
        }
        self.context = context
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    func write(
        key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        guard key.count == Self.block else { throw .badKey("AES-XCBC takes 16 octets, not \(key.count)") }
        guard output.count <= size else { throw .backend("a MAC of \(size) octets cannot fill \(output.count)") }
        // K1, K2, K3 and the chaining value stand side by side and are wiped together.
        var scratch = [UInt8](repeating: 0, count: 4 * Self.block)
        defer { scratch.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        for index in 0..<3 * Self.block { scratch[index] = UInt8(index / Self.block + 1) }
        try start(key: key)
        try encrypt(&scratch, at: 0, count: 3 * Self.block)
        try scratch.withUnsafeBytesTyped { (keys) throws(CryptoError) in
            try start(key: UnsafeRawBufferPointer(rebasing: keys[..<Self.block]))
        }
        try chain(parts, &scratch)
        for index in 0..<output.count { output[index] = scratch[3 * Self.block + index] }
    }

    /// Runs the message through the chaining value at the end of `scratch`.
    private func chain(_ parts: [UnsafeRawBufferPointer], _ scratch: inout [UInt8]) throws(CryptoError) {
        let state = 3 * Self.block
        var filled = 0
        for part in parts {
            for byte in part {
                // A full block is encrypted only once another octet follows: the last one is treated differently.
                if filled == Self.block {
                    try encrypt(&scratch, at: state, count: Self.block)
                    filled = 0
                }
                scratch[state + filled] ^= byte
                filled += 1
            }
        }
        let isWhole = filled == Self.block
        if !isWhole { scratch[state + filled] ^= 0x80 }
        for index in 0..<Self.block { scratch[state + index] ^= scratch[(isWhole ? 1 : 2) * Self.block + index] }
        try encrypt(&scratch, at: state, count: Self.block)
    }

    private func start(key: UnsafeRawBufferPointer) throws(CryptoError) {
        guard EVP_EncryptInit_ex2(context, nil, key.bytes, nil, nil) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1
        else { throw backendError("AES key") }
    }

    private func encrypt(_ scratch: inout [UInt8], at offset: Int, count: Int) throws(CryptoError) {
        let isDone = scratch.withUnsafeMutableBytes { buffer in
            let place = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<offset + count])
            var written: Int32 = 0
            return EVP_EncryptUpdate(context, place.bytes, &written, place.bytes, Int32(count)) == 1
        }
        guard isDone else { throw backendError("AES") }
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` whose closure may throw a typed error.
    func withUnsafeBytesTyped<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBufferPointer { (buffer) throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
