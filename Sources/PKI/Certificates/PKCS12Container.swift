import COpenSSL
package import CryptoInterface

/// The contents of a PKCS #12 file: a private key, its certificate and others.
package struct PKCS12Container {
    package let privateKey: PrivateKey?
    /// The certificate of the key first.
    package let certificates: [Certificate]

    /// - Throws: ``CryptoError/badKey(_:)`` where the passphrase does not fit, or the container uses a cipher that
    ///   libcrypto offers as legacy only.
    package init(data: [UInt8], passphrase: SecretBytes) throws(CryptoError) {
        guard let container = decoded(data, { d2i_PKCS12(nil, $0, $1) }, free: PKCS12_free) else {
            throw .badKey("no PKCS #12 container")
        }
        defer { PKCS12_free(container) }
        var key: OpaquePointer?
        var certificate: OpaquePointer?
        var others: OpaquePointer?
        let terminated = passphrase.appending(SecretBytes(copying: [0]))
        let isRead = terminated.withUnsafeBytes { text in
            PKCS12_parse(container, text.baseAddress?.assumingMemoryBound(to: CChar.self), &key, &certificate, &others)
        }
        guard isRead == 1 else { throw .badKey("PKCS #12: \(libcryptoReason())") }
        ERR_clear_error()
        privateKey = key.flatMap { KeyHandle($0, .sign) }.map(PrivateKey.init)
        certificates = (certificate.map { [Certificate(taking: $0)] } ?? []) + Self.take(others)
    }

    private static func take(_ stack: OpaquePointer?) -> [Certificate] {
        guard let stack else { return [] }
        defer { swand_x509_stack_free(stack) }
        return (0..<max(0, swand_x509_count(stack))).compactMap { index in
            guard let pointer = swand_x509_at(stack, index), X509_up_ref(pointer) == 1 else { return nil }
            return Certificate(taking: pointer)
        }
    }
}
