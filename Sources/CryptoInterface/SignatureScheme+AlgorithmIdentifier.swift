import IPsecModel

// Signature authentication names its algorithm with the AlgorithmIdentifier that certificates use (RFC 7427 §3,
// appendix A; RFC 8420; RFC 9593's companions for SHA-3).

extension SignatureScheme {
    /// DER of the AlgorithmIdentifier; `nil` for schemes that are known by an authentication method number only
    /// (concatenated ECDSA values) and for hashes without an identifier.
    package var algorithmIdentifier: [UInt8]? {
        switch self {
        case .rsaPKCS1(let hash):
            ObjectIdentifiers.rsaPKCS1[hash].map { Self.identifier($0, parameters: DER.element(DER.Tag.null, [])) }
        case .rsaPSS(let hash):
            ObjectIdentifiers.hashes[hash].map {
                Self.identifier(ObjectIdentifiers.rsaPSS, parameters: Self.pssParameters(hash, hashOID: $0))
            }
        case .ecdsa(let hash): ObjectIdentifiers.ecdsa[hash].map { Self.identifier($0) }
        case .ed25519: Self.identifier(ObjectIdentifiers.ed25519)
        case .ed448: Self.identifier(ObjectIdentifiers.ed448)
        case .ecdsaConcatenated: nil
        }
    }

    /// The scheme that an AlgorithmIdentifier stands for.
    ///
    /// Tolerates an absent NULL and a spelled-out default; `nil` for schemes that are not offered, among them PSS with
    /// a salt of another length than the digest's or another hash in MGF1.
    package init?(algorithmIdentifier der: [UInt8]) {
        guard let body = DER.content(DER.Tag.sequence, of: der) else { return nil }
        var reader = DER.Reader(body)
        guard let oid = reader.next(DER.Tag.objectIdentifier).map(Array.init) else { return nil }
        if oid == ObjectIdentifiers.rsaPSS {
            guard let hash = Self.pssHash(&reader), reader.isAtEnd else { return nil }
            self = .rsaPSS(hash)
            return
        }
        guard Self.skipNull(&reader), let scheme = Self.simple(oid) else { return nil }
        self = scheme
    }

    private static func simple(_ oid: [UInt8]) -> SignatureScheme? {
        if oid == ObjectIdentifiers.ed25519 { return .ed25519 }
        if oid == ObjectIdentifiers.ed448 { return .ed448 }
        if let hash = ObjectIdentifiers.rsaPKCS1.first(where: { $0.value == oid })?.key { return .rsaPKCS1(hash) }
        if let hash = ObjectIdentifiers.ecdsa.first(where: { $0.value == oid })?.key { return .ecdsa(hash) }
        return nil
    }

    /// Steps over an optional NULL; `false` if anything else stands there.
    private static func skipNull(_ reader: inout DER.Reader) -> Bool {
        if let null = reader.next(DER.Tag.null) { return null.isEmpty && reader.isAtEnd }
        return reader.isAtEnd
    }

    private static func identifier(_ oid: [UInt8], parameters: [UInt8] = []) -> [UInt8] {
        DER.element(DER.Tag.sequence, DER.element(DER.Tag.objectIdentifier, oid) + parameters)
    }
}

// MARK: - RSASSA-PSS-params (RFC 8017 appendix A.2.3)

extension SignatureScheme {
    //  SEQUENCE { [0] hash DEFAULT SHA-1, [1] mask generation DEFAULT MGF1 with SHA-1, [2] salt DEFAULT 20,
    //             [3] trailer DEFAULT 1 }

    private static func pssParameters(_ hash: HashAlgorithm, hashOID: [UInt8]) -> [UInt8] {
        if hash == .sha1 { return DER.element(DER.Tag.sequence, []) }
        let hashIdentifier = identifier(hashOID, parameters: DER.element(DER.Tag.null, []))
        let salt = DER.element(DER.Tag.integer, [UInt8(hash.digestSize)])
        return DER.element(
            DER.Tag.sequence,
            DER.element(0xa0, hashIdentifier)
                + DER.element(0xa1, identifier(ObjectIdentifiers.mgf1, parameters: hashIdentifier))
                + DER.element(0xa2, salt))
    }

    private static func pssHash(_ reader: inout DER.Reader) -> HashAlgorithm? {
        guard let body = reader.next(DER.Tag.sequence) else { return nil }
        var fields = DER.Reader(body)
        var hash: HashAlgorithm? = .sha1
        var mask: HashAlgorithm? = .sha1
        var salt = 20
        if let field = fields.next(0xa0) { hash = hashAlgorithm(field) }
        if let field = fields.next(0xa1) { mask = maskHash(field) }
        if let field = fields.next(0xa2) {
            guard let value = DER.content(DER.Tag.integer, of: field), value.count == 1 else { return nil }
            salt = Int(value[value.startIndex])
        }
        if let field = fields.next(0xa3) {
            guard DER.content(DER.Tag.integer, of: field).map(Array.init) == [1] else { return nil }
        }
        guard fields.isAtEnd, let hash, mask == hash, salt == hash.digestSize else { return nil }
        return hash
    }

    private static func maskHash(_ field: ArraySlice<UInt8>) -> HashAlgorithm? {
        guard let body = DER.content(DER.Tag.sequence, of: field) else { return nil }
        var reader = DER.Reader(body)
        guard let oid = reader.next(DER.Tag.objectIdentifier), Array(oid) == ObjectIdentifiers.mgf1,
            let hash = reader.next(), hash.tag == DER.Tag.sequence, reader.isAtEnd
        else { return nil }
        return hashAlgorithm(ArraySlice(DER.element(DER.Tag.sequence, Array(hash.content))))
    }

    private static func hashAlgorithm(_ der: ArraySlice<UInt8>) -> HashAlgorithm? {
        guard let body = DER.content(DER.Tag.sequence, of: der) else { return nil }
        var reader = DER.Reader(body)
        guard let oid = reader.next(DER.Tag.objectIdentifier).map(Array.init), skipNull(&reader) else { return nil }
        return ObjectIdentifiers.hashes.first { $0.value == oid }?.key
    }
}

/// Contents of OBJECT IDENTIFIER elements.
private enum ObjectIdentifiers {
    private static let pkcs1: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01]
    private static let ansiECDSA: [UInt8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04]
    private static let nistAlgorithms: [UInt8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04]

    static let rsaPSS = pkcs1 + [10]
    static let mgf1 = pkcs1 + [8]
    static let ed25519: [UInt8] = [0x2b, 0x65, 0x70]
    static let ed448: [UInt8] = [0x2b, 0x65, 0x71]

    static let rsaPKCS1: [HashAlgorithm: [UInt8]] = [
        .sha1: pkcs1 + [5], .sha256: pkcs1 + [11], .sha384: pkcs1 + [12], .sha512: pkcs1 + [13],
        .sha3_224: nistAlgorithms + [3, 13], .sha3_256: nistAlgorithms + [3, 14],
        .sha3_384: nistAlgorithms + [3, 15], .sha3_512: nistAlgorithms + [3, 16],
    ]
    static let ecdsa: [HashAlgorithm: [UInt8]] = [
        .sha1: ansiECDSA + [1], .sha256: ansiECDSA + [3, 2], .sha384: ansiECDSA + [3, 3], .sha512: ansiECDSA + [3, 4],
        .sha3_224: nistAlgorithms + [3, 9], .sha3_256: nistAlgorithms + [3, 10],
        .sha3_384: nistAlgorithms + [3, 11], .sha3_512: nistAlgorithms + [3, 12],
    ]
    static let hashes: [HashAlgorithm: [UInt8]] = [
        .sha1: [0x2b, 0x0e, 0x03, 0x02, 0x1a],
        .sha256: nistAlgorithms + [2, 1], .sha384: nistAlgorithms + [2, 2], .sha512: nistAlgorithms + [2, 3],
        .sha3_224: nistAlgorithms + [2, 7], .sha3_256: nistAlgorithms + [2, 8],
        .sha3_384: nistAlgorithms + [2, 9], .sha3_512: nistAlgorithms + [2, 10],
    ]
}
