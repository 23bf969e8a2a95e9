/// How a signature over AUTH data or a certificate is made.
package enum SignatureScheme: Hashable, Sendable {
    case rsaPKCS1(HashAlgorithm)
    /// Salt as long as the digest, MGF1 with the same hash.
    case rsaPSS(HashAlgorithm)
    /// ECDSA-Sig-Value in DER (RFC 7427).
    case ecdsa(HashAlgorithm)
    /// r and s concatenated, each of the curve's size: auth methods 9, 10 and 11 (RFC 4754).
    case ecdsaConcatenated(HashAlgorithm)
    case ed25519
    case ed448
}

/// What kind of key, with its size.
package enum PublicKeyKind: Hashable, Sendable {
    case rsa(bits: Int)
    /// Bits of the curve: 256, 384, 521 or a Brainpool size.
    case ecdsa(bits: Int)
    case ed25519
    case ed448
}

/// A private key that signs.
package protocol SigningKey: AnyObject {
    var kind: PublicKeyKind { get }
    /// SHA-1 of the SubjectPublicKeyInfo's key bits, and of the whole SubjectPublicKeyInfo: charon's key identifiers.
    var keyIdentifiers: [[UInt8]] { get }
    /// An RSA key that is for RSASSA-PSS signatures and no others (RFC 4055 §1.2).
    var demandsPSS: Bool { get }
    func sign(_ scheme: SignatureScheme, _ data: [UInt8]) throws(CryptoError) -> [UInt8]
}

extension SigningKey {
    package var demandsPSS: Bool { false }
}

/// A public key that checks signatures.
package protocol VerificationKey: AnyObject {
    var kind: PublicKeyKind { get }
    func isValid(_ signature: [UInt8], scheme: SignatureScheme, over data: [UInt8]) -> Bool
}
