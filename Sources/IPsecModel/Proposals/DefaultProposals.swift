extension Proposal {
    /// What is offered when the configuration names no proposal, or says `default`.
    ///
    /// As in charon, there is one proposal with classic ciphers and one with combined-mode ciphers; within each type
    /// the algorithms of at least 128 bits of strength come first. DES, MD5, groups below 2048 bits, the RFC 5114
    /// groups and rare curves are never offered unasked.
    /// - Parameter supports: what the crypto provider (IKE) or the kernel (ESP, AH) can do.
    package static func defaults(
        for id: SecurityProtocol, supports: (Transform) -> Bool = { _ in true }
    ) -> [Proposal] {
        let candidates: [[Transform]]
        switch id {
        case .ike:
            let common = functions + methods
            candidates = [
                classicCiphers + [.encryption(.tripleDES)] + classicIntegrity + common, combinedCiphers + common,
            ]
        case .esp:
            candidates = [
                aes(.aesGCM16) + childMethods + [.extendedSequenceNumbers(.no)],
                aes(.aesCBC) + childIntegrity + childMethods + [.extendedSequenceNumbers(.no)],
            ]
        case .ah:
            candidates = [childIntegrity + childMethods + [.extendedSequenceNumbers(.no)]]
        }
        return candidates.compactMap { transforms in
            let proposal = Proposal(
                protocolID: id, transforms: transforms.filter { $0.isNone || supports($0) })
            return proposal.isUsable ? proposal : nil
        }
    }

    /// Whether nothing is missing without which the protocol cannot work.
    private var isUsable: Bool {
        let combined = encryption.map { EncryptionAlgorithm(rawValue: $0.id).isCombinedMode } ?? false
        switch protocolID {
        case .ike:
            return encryption != nil && (combined || integrity != nil) && first(.prf) != nil && keyExchange != nil
        case .esp: return encryption != nil && (combined || integrity != nil)
        case .ah: return integrity != nil
        }
    }

    private static func aes(_ algorithm: EncryptionAlgorithm) -> [Transform] {
        [128, 192, 256].map { .encryption(algorithm, $0) }
    }

    private static let classicCiphers: [Transform] =
        aes(.aesCBC) + aes(.aesCTR) + aes(.camelliaCBC) + aes(.camelliaCTR)

    private static let combinedCiphers: [Transform] =
        aes(.aesGCM16) + aes(.aesCCM16) + [.encryption(.chacha20Poly1305)] + aes(.aesGCM12) + aes(.aesGCM8)
        + aes(.aesCCM12) + aes(.aesCCM8)

    private static let classicIntegrity: [Transform] = [
        .integrity(.hmacSHA256_128), .integrity(.hmacSHA384_192), .integrity(.hmacSHA512_256),
        .integrity(.aesXCBC96), .integrity(.aesCMAC96), .integrity(.hmacSHA1_96),
    ]

    private static let childIntegrity: [Transform] = [
        .integrity(.hmacSHA256_128), .integrity(.hmacSHA384_192), .integrity(.hmacSHA512_256),
        .integrity(.hmacSHA1_96), .integrity(.aesXCBC96),
    ]

    private static let functions: [Transform] = [
        .prf(.hmacSHA256), .prf(.hmacSHA384), .prf(.hmacSHA512), .prf(.aesXCBC), .prf(.aesCMAC), .prf(.hmacSHA1),
    ]

    private static let methods: [Transform] =
        [
            // The first is the one that is sent unasked: charon asks for it where it gets another.
            KeyExchangeMethod.curve25519, .curve448, .ecp256, .ecp384, .ecp521, .brainpool256, .brainpool384,
            .brainpool512, .modp3072, .modp4096, .modp6144, .modp8192, .modp2048,
        ].map { .keyExchange($0) }

    /// Perfect forward secrecy is the peer's choice: every method, or none.
    private static let childMethods: [Transform] = methods + [.keyExchange(.none)]
}
