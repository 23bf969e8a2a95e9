import COpenSSL
package import CryptoInterface

/// A public key that checks signatures.
package final class PublicKey: VerificationKey {
    private let handle: KeyHandle

    init(_ handle: KeyHandle) { self.handle = handle }

    /// Reads DER of a SubjectPublicKeyInfo.
    package convenience init(subjectPublicKeyInfo der: [UInt8]) throws(CryptoError) {
        guard let key = decoded(der, { d2i_PUBKEY(nil, $0, $1) }, free: EVP_PKEY_free) else {
            throw .badKey("no SubjectPublicKeyInfo")
        }
        guard let handle = KeyHandle(key, .verify, subjectPublicKeyInfo: der) else {
            throw .badKey("a kind of key that IKE does not sign with")
        }
        self.init(handle)
    }

    /// Reads a SubjectPublicKeyInfo in DER or PEM (`PUBLIC KEY`).
    package convenience init(data: [UInt8]) throws(CryptoError) {
        let pem = data.withUnsafeBytes { octets in
            isPEM(octets) ? withMemoryBIO(octets) { PEM_read_bio_PUBKEY($0, nil, answerPassphrase, nil) } : nil
        }
        guard let key = pem else {
            ERR_clear_error()
            try self.init(subjectPublicKeyInfo: data)
            return
        }
        guard let handle = KeyHandle(key, .verify) else { throw .badKey("a kind of key that IKE does not sign with") }
        self.init(handle)
    }

    package var kind: PublicKeyKind { handle.kind }
    package var keyIdentifiers: [[UInt8]] { handle.identifiers }
    package var subjectPublicKeyInfo: [UInt8] { handle.subjectPublicKeyInfo }
    var pointer: OpaquePointer { handle.key }

    /// Whether the signature stands; a scheme that does not go with the key makes none.
    package func isValid(_ signature: [UInt8], scheme: SignatureScheme, over data: [UInt8]) -> Bool {
        switch (scheme, kind) {
        case (.ed25519, .ed25519), (.ed448, .ed448): return isValidWhole(signature, data)
        case (.ecdsaConcatenated, .ecdsa(let bits)):
            guard handle.hasNISTCurve, let der = ECDSASignature.der(concatenated: signature, bits: bits) else {
                return false
            }
            return isValidDigest(der, scheme, data)
        default: return isValidDigest(signature, scheme, data)
        }
    }

    private func isValidDigest(_ signature: [UInt8], _ scheme: SignatureScheme, _ data: [UInt8]) -> Bool {
        guard let (context, hash) = try? handle.context(scheme), let digest = try? KeyHandle.digest(hash, data) else {
            return false
        }
        let isValid = EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
        if !isValid { ERR_clear_error() }
        return isValid
    }

    private func isValidWhole(_ signature: [UInt8], _ data: [UInt8]) -> Bool {
        guard let context = try? handle.oneShotContext() else { return false }
        let isValid = EVP_DigestVerify(context, signature, signature.count, data, data.count) == 1
        if !isValid { ERR_clear_error() }
        return isValid
    }
}
