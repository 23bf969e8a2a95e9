import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// AUTH by signature: the methods of RFC 7296 §3.8 and RFC 4754 with peers that know nothing else, otherwise RFC 7427.
enum SignatureAuthentication {
    /// Signature schemes that a key would be used with, the preferred one first.
    ///
    /// - Parameters:
    ///   - peerHashes: what the peer announced (RFC 7427 §4); `nil`: it does not know RFC 7427.
    ///   - constraints: `auth=` of the configuration; the first that fits the key decides.
    static func scheme(
        for kind: PublicKeyKind, peerHashes: [HashAlgorithm]?, constraints: [SignatureConstraint], preferPSS: Bool
    ) -> (scheme: SignatureScheme, method: AuthMethod)? {
        guard let peerHashes else { return classic(kind) }
        let named = constraints.filter { $0.fits(kind) }.flatMap(\.hashAlgorithms)
        let wanted = named.isEmpty ? suited(kind) : named
        let usesPSS = preferPSS || constraints.contains { $0.key == .rsaPSS }
        switch kind {
        case .ed25519: return peerHashes.contains(.identity) ? (.ed25519, .digitalSignature) : nil
        case .ed448: return peerHashes.contains(.identity) ? (.ed448, .digitalSignature) : nil
        case .rsa:
            guard let hash = wanted.first(where: peerHashes.contains) else { return classic(kind) }
            return (usesPSS ? .rsaPSS(hash) : .rsaPKCS1(hash), .digitalSignature)
        case .ecdsa:
            guard let hash = wanted.first(where: peerHashes.contains) else { return classic(kind) }
            return (.ecdsa(hash), .digitalSignature)
        }
    }

    /// Hashes as strong as the key, the best suited first.
    private static func suited(_ kind: PublicKeyKind) -> [HashAlgorithm] {
        switch kind {
        case .rsa(let bits): bits <= 3072 ? [.sha256, .sha384, .sha512] : bits <= 7680 ? [.sha384, .sha512, .sha256] : [.sha512, .sha384, .sha256]
        case .ecdsa(let bits): bits <= 256 ? [.sha256, .sha384, .sha512] : bits <= 384 ? [.sha384, .sha512] : [.sha512]
        case .ed25519, .ed448: [.identity]
        }
    }

    private static func classic(_ kind: PublicKeyKind) -> (SignatureScheme, AuthMethod)? {
        switch kind {
        case .rsa: (.rsaPKCS1(.sha1), .rsaSignature)
        case .ecdsa(bits: 256): (.ecdsaConcatenated(.sha256), .ecdsa256)
        case .ecdsa(bits: 384): (.ecdsaConcatenated(.sha384), .ecdsa384)
        case .ecdsa(bits: 521): (.ecdsaConcatenated(.sha512), .ecdsa521)
        default: nil
        }
    }

    /// | length of the AlgorithmIdentifier (u8) | AlgorithmIdentifier | signature | (RFC 7427 §3)
    static func payload(
        _ signature: [UInt8], scheme: SignatureScheme, method: AuthMethod
    ) -> AuthenticationPayload {
        guard method == .digitalSignature else { return AuthenticationPayload(method: method, data: signature) }
        let identifier = scheme.algorithmIdentifier ?? []
        return AuthenticationPayload(
            method: method, data: [UInt8(truncatingIfNeeded: identifier.count)] + identifier + signature)
    }

    /// What the peer signed with; `nil` where the method is no signature that we know.
    static func read(_ payload: AuthenticationPayload) -> (scheme: SignatureScheme, signature: [UInt8])? {
        switch payload.method {
        case .rsaSignature: return (.rsaPKCS1(.sha1), payload.data)
        case .ecdsa256: return (.ecdsaConcatenated(.sha256), payload.data)
        case .ecdsa384: return (.ecdsaConcatenated(.sha384), payload.data)
        case .ecdsa521: return (.ecdsaConcatenated(.sha512), payload.data)
        case .digitalSignature:
            guard let length = payload.data.first.map(Int.init), payload.data.count > length + 1,
                let scheme = SignatureScheme(algorithmIdentifier: Array(payload.data[1...length]))
            else { return nil }
            return (scheme, Array(payload.data[(length + 1)...]))
        default: return nil
        }
    }

    /// The constraints that hold for the signature in IKE: those for it alone where there are some, else those of the
    /// chain, unless the daemon's settings keep the two apart (`signature_authentication_constraints`).
    static func inForce(_ constraints: [SignatureConstraint], alsoOfChain: Bool) -> [SignatureConstraint] {
        let own = constraints.filter(\.onlyIKE)
        return own.isEmpty && alsoOfChain ? constraints : own
    }

    /// Whether the configuration takes a signature of this scheme; no constraints: any but SHA-1 under RFC 7427.
    static func isAllowed(
        _ scheme: SignatureScheme, method: AuthMethod, kind: PublicKeyKind, constraints: [SignatureConstraint]
    ) -> Bool {
        guard !constraints.isEmpty else {
            return method != .digitalSignature || scheme.hash != .sha1
        }
        return constraints.contains { constraint in
            guard constraint.fits(kind) else { return false }
            if constraint.key == .rsaPSS, case .rsaPKCS1 = scheme { return false }
            let hashes = constraint.hashAlgorithms
            return hashes.isEmpty || scheme.hash.map(hashes.contains) ?? true
        }
    }

    /// Hashes that we announce (RFC 7427 §4, RFC 8420 §2), as the notify's data.
    static let announcedHashes: [HashAlgorithm] = [.sha256, .sha384, .sha512, .identity]

    static var announcement: [UInt8] {
        announcedHashes.flatMap { [UInt8($0.rawValue >> 8), UInt8($0.rawValue & 0xff)] }
    }

    /// Reads the notify's data; numbers that we do not know are left out.
    static func hashes(from data: [UInt8]) -> [HashAlgorithm] {
        stride(from: 0, to: data.count - data.count % 2, by: 2).compactMap {
            HashAlgorithm(rawValue: UInt16(data[$0]) << 8 | UInt16(data[$0 + 1]))
        }
    }
}

extension SignatureScheme {
    var hash: HashAlgorithm? {
        switch self {
        case .rsaPKCS1(let hash), .rsaPSS(let hash), .ecdsa(let hash), .ecdsaConcatenated(let hash): hash
        case .ed25519, .ed448: nil
        }
    }
}

extension SignatureConstraint {
    func fits(_ kind: PublicKeyKind) -> Bool {
        switch (key, kind) {
        case (.any, _): true
        case (.rsa, .rsa(let bits)), (.rsaPSS, .rsa(let bits)): bits >= leastBits
        case (.ecdsa, .ecdsa(let bits)): bits >= leastBits
        case (.ed25519, .ed25519), (.ed448, .ed448): true
        default: false
        }
    }

    var hashAlgorithms: [HashAlgorithm] {
        hashes.compactMap { name in HashAlgorithm.allCases.first { "\($0)" == name } }
    }
}
