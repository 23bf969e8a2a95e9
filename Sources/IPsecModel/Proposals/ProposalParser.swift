/// Why a proposal of the configuration is none.
package enum ProposalError: Error, Equatable, Sendable {
    case empty
    case unknownKeyword(String, suggestion: String?)
    /// A keyword whose algorithm exists, and which this daemon does not offer.
    case refused(String, reason: String)
    /// The algorithm is known, the crypto provider or the kernel does not have it.
    case unsupported(String, transform: Transform)
    case missing(TransformType, SecurityProtocol)
    /// AES-GCM and its kind cannot share a proposal with AES-CBC and its kind (RFC 7296 §3.3).
    case mixesCombinedAndClassic(SecurityProtocol)
    /// An algorithm that the protocol has no use for.
    case misplaced(String, SecurityProtocol)
}

extension ProposalError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the proposal is empty"
        case .unknownKeyword(let word, let suggestion):
            "algorithm '\(word)' is not known" + (suggestion.map { ", did you mean '\($0)'?" } ?? "")
        case .refused(let word, let reason): "algorithm '\(word)' is not offered: \(reason)"
        case .unsupported(let word, let transform): "algorithm '\(word)' (\(transform)) is not available here"
        case .missing(.prf, _):
            "an IKE proposal needs a PRF when no integrity algorithm implies one; add one such as 'prfsha256'"
        case .missing(.keyExchange, _):
            "an IKE proposal needs a key exchange method; add one such as 'x25519'"
        case .missing(.integrity, let id):
            "an \(id.name) proposal needs an integrity algorithm beside a classic cipher; add one such as 'sha256'"
        case .missing(let type, let id): "an \(id.name) proposal needs an \(type)"
        case .mixesCombinedAndClassic(let id):
            "ciphers with and without built-in integrity cannot stand in one \(id.name) proposal; write two, "
                + "separated by a comma"
        case .misplaced(let word, let id): "algorithm '\(word)' has no place in an \(id.name) proposal"
        }
    }
}

extension Proposal {
    /// Reads `aes128gcm16-prfsha256-x25519`.
    ///
    /// As charon does, a missing PRF is taken from the integrity algorithm, integrity is dropped beside combined-mode
    /// ciphers, PRFs are dropped from ESP and AH, `none` is dropped from IKE, and ESP and AH get "no extended
    /// sequence numbers" unless they say otherwise.
    /// - Parameter supports: whether an algorithm can be used here; a proposal never offers what cannot be done.
    package static func parse(
        _ text: some StringProtocol, protocol id: SecurityProtocol, supports: (Transform) -> Bool = { _ in true }
    ) throws(ProposalError) -> Proposal {
        var transforms: [Transform] = []
        let words = text.split(separator: "-", omittingEmptySubsequences: false).map { $0.trimmed }
        guard words.contains(where: { !$0.isEmpty }) else { throw .empty }
        for word in words {
            let transform = try meaning(of: word)
            guard transform.isNone || supports(transform) else {
                throw .unsupported(String(word), transform: transform)
            }
            if !transforms.contains(transform) { transforms.append(transform) }
        }
        var proposal = Proposal(protocolID: id, transforms: transforms)
        switch id {
        case .ike: try proposal.completeIKE()
        case .esp: try proposal.completeESP()
        case .ah: try proposal.completeAH()
        }
        return proposal
    }

    /// Reads several proposals separated by commas.
    package static func parseList(
        _ text: some StringProtocol, protocol id: SecurityProtocol, supports: (Transform) -> Bool = { _ in true }
    ) throws(ProposalError) -> [Proposal] {
        var proposals: [Proposal] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            proposals.append(try parse(part, protocol: id, supports: supports))
        }
        return proposals
    }

    /// The proposal in keywords: `aes128gcm16-prfsha256-x25519`. Numbers without a keyword are left out.
    package var keywords: String {
        transforms.compactMap { ProposalKeywords.word(for: $0) }.joined(separator: "-")
    }

    private static func meaning(of word: Substring) throws(ProposalError) -> Transform {
        switch ProposalKeywords.meaning(of: word) {
        case .transform(let transform): return transform
        case .refused(let reason): throw .refused(String(word), reason: reason)
        case .unknown(let suggestion): throw .unknownKeyword(String(word), suggestion: suggestion)
        }
    }

    private mutating func completeIKE() throws(ProposalError) {
        if first(.prf) == nil {
            for transform in transforms(.integrity) {
                guard let prf = IntegrityAlgorithm(rawValue: transform.id).matchingPRF else { continue }
                if !transforms.contains(.prf(prf)) { transforms.append(.prf(prf)) }
            }
        }
        transforms.removeAll { $0.type == .keyExchange && $0.id == 0 }
        transforms.removeAll { $0.type == .extendedSequenceNumbers }
        try refuse(.null, .aesGMAC)
        try settleCiphers(integrityNeeded: true)
        guard first(.prf) != nil else { throw .missing(.prf, .ike) }
        guard first(.keyExchange) != nil else { throw .missing(.keyExchange, .ike) }
    }

    private mutating func completeESP() throws(ProposalError) {
        remove(.prf)
        try settleCiphers(integrityNeeded: false)
        completeSequenceNumbers()
    }

    /// AH names AES-GMAC by the word of the cipher; other ciphers mean nothing to it.
    private mutating func completeAH() throws(ProposalError) {
        remove(.prf)
        transforms = transforms.compactMap { transform in
            guard transform.type == .encryption else { return transform }
            guard EncryptionAlgorithm(rawValue: transform.id) == .aesGMAC else { return nil }
            switch transform.keyLength {
            case 128: return .integrity(.aesGMAC128)
            case 192: return .integrity(.aesGMAC192)
            default: return .integrity(.aesGMAC256)
            }
        }
        guard first(.integrity) != nil else { throw .missing(.integrity, .ah) }
        completeSequenceNumbers()
    }

    private mutating func settleCiphers(integrityNeeded: Bool) throws(ProposalError) {
        let ciphers = transforms(.encryption).map { EncryptionAlgorithm(rawValue: $0.id) }
        guard !ciphers.isEmpty else { throw .missing(.encryption, protocolID) }
        let combined = ciphers.filter(\.isCombinedMode).count
        if combined == ciphers.count {
            remove(.integrity)
        } else if combined > 0 {
            throw .mixesCombinedAndClassic(protocolID)
        } else if integrityNeeded, first(.integrity) == nil {
            throw .missing(.integrity, protocolID)
        }
    }

    private func refuse(_ ciphers: EncryptionAlgorithm...) throws(ProposalError) {
        for cipher in transforms(.encryption) where ciphers.contains(EncryptionAlgorithm(rawValue: cipher.id)) {
            throw .misplaced(ProposalKeywords.word(for: cipher) ?? cipher.description, protocolID)
        }
    }

    private mutating func completeSequenceNumbers() {
        if first(.extendedSequenceNumbers) == nil { transforms.append(.extendedSequenceNumbers(.no)) }
    }

    private mutating func remove(_ type: TransformType) { transforms.removeAll { $0.type == type } }
}

extension Transform {
    /// "No key exchange", "no integrity", "no extended sequence numbers": nothing that anyone must be able to do.
    package var isNone: Bool { id == 0 && type != .encryption && type != .prf }
}

extension StringProtocol {
    /// Without blanks and tabs at either end.
    package var trimmed: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        var text = Substring(self)
        while let first = text.first, isBlank(first) { text.removeFirst() }
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
