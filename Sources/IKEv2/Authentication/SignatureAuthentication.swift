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
    ///   - constraints: `auth=` of the configuration, for IKE: the first with a hash that the peer has decides. Where
    ///     hashes are named, no other is used, SHA-1 of the methods of RFC 7296 least of all.
    ///   - demandsPSS: the key makes no other signatures.
    static func scheme(
        for kind: PublicKeyKind, peerHashes: [HashAlgorithm]?, constraints: [SignatureConstraint], preferPSS: Bool,
        demandsPSS: Bool = false
    ) -> (scheme: SignatureScheme, method: AuthMethod)? {
        guard let peerHashes else { return demandsPSS ? nil : classic(kind) }
        if kind == .ed25519 || kind == .ed448 {
            guard peerHashes.contains(.identity) else { return nil }
            return (kind == .ed25519 ? .ed25519 : .ed448, .digitalSignature)
        }
        let fitting = constraints.filter { $0.fits(kind) }
        let usesPSS = preferPSS || demandsPSS
        for constraint in fitting {
            guard let hash = constraint.hashAlgorithms.first(where: peerHashes.contains) else { continue }
            return (hashed(kind, hash, usesPSS || constraint.key == .rsaPSS), .digitalSignature)
        }
        guard constraints.allSatisfy(\.hashes.isEmpty) else { return nil }
        guard let hash = suited(kind).first(where: peerHashes.contains) else { return demandsPSS ? nil : classic(kind) }
        return (hashed(kind, hash, usesPSS || fitting.contains { $0.key == .rsaPSS }), .digitalSignature)
    }

    private static func hashed(_ kind: PublicKeyKind, _ hash: HashAlgorithm, _ usesPSS: Bool) -> SignatureScheme {
        guard case .rsa = kind else { return .ecdsa(hash) }
        return usesPSS ? .rsaPSS(hash) : .rsaPKCS1(hash)
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

    /// Whether the configuration takes a signature of this scheme; no constraints: any but SHA-1 under RFC 7427.
    static func isAllowed(
        _ scheme: SignatureScheme, method: AuthMethod, kind: PublicKeyKind, constraints: [SignatureConstraint]
    ) -> Bool {
        if case .ecdsaConcatenated = scheme, classic(kind)?.0 != scheme { return false }
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

    /// Hashes that we can check signatures with (RFC 7427 §4, RFC 8420 §2).
    static let announcedHashes: [HashAlgorithm] = [.sha256, .sha384, .sha512, .identity]

    /// The notify's data: what we can check and, where the configuration names hashes, what it accepts. A peer that is
    /// not told signs with whatever suits its key.
    static func announcement(_ constraints: [SignatureConstraint]) -> [UInt8] {
        let accepted = constraints.flatMap(\.announcedHashes)
        let hashes = announcedHashes.filter { accepted.isEmpty || accepted.contains($0) }
        return (hashes.isEmpty ? announcedHashes : hashes)
            .flatMap { [UInt8($0.rawValue >> 8), UInt8($0.rawValue & 0xff)] }
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

    /// Hashes of signatures that fulfil it; without names it is any that goes with the key.
    fileprivate var announcedHashes: [HashAlgorithm] {
        if key == .ed25519 || key == .ed448 { return [.identity] }
        return hashes.isEmpty ? SignatureAuthentication.announcedHashes : hashAlgorithms
    }

    /// As a configuration writes it.
    var text: String {
        let bits = leastBits > 0 ? ["\(leastBits)"] : []
        return (onlyIKE ? "ike:" : "") + ([key.text] + bits + hashes).joined(separator: "-")
    }
}

extension [SignatureConstraint] {
    /// Those that the signature in IKE must fulfil: with the prefix `ike:`, or without any such all of them, unless the
    /// settings leave these to the chain.
    func forIKE(_ settings: EngineSettings) -> [SignatureConstraint] {
        let explicit = filter(\.onlyIKE)
        return explicit.isEmpty && settings.signatureAuthenticationConstraints ? self : explicit
    }
}

extension SignatureConstraint.Key {
    fileprivate var text: String {
        switch self {
        case .any: "pubkey"
        case .rsa: "rsa"
        case .rsaPSS: "rsa/pss"
        case .ecdsa: "ecdsa"
        case .ed25519: "ed25519"
        case .ed448: "ed448"
        }
    }
}
