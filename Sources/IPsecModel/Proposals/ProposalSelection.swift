/// How one proposal is picked from what a peer offers (RFC 7296 §3.3).
package struct SelectionPolicy: Sendable {
    /// Whether our order of preference decides, or the peer's.
    package var preferConfigured: Bool
    /// Leaves key exchange methods out: the SA payload of IKE_AUTH negotiates none (RFC 7296 §1.2).
    package var ignoreKeyExchange: Bool
    /// Whether numbers of the private-use range may match; only with a peer known to mean the same by them.
    package var acceptPrivate: Bool

    package init(preferConfigured: Bool = true, ignoreKeyExchange: Bool = false, acceptPrivate: Bool = false) {
        self.preferConfigured = preferConfigured
        self.ignoreKeyExchange = ignoreKeyExchange
        self.acceptPrivate = acceptPrivate
    }
}

extension Proposal {
    /// The first pair of an offered and a configured proposal that agree, reduced to one transform of each type.
    ///
    /// The result has the number and SPI of the offered proposal. Key lengths must be equal; a key exchange that one
    /// side leaves out is acceptable where the other side lists `none`, and never for IKE; integrity is not looked at
    /// beside a combined-mode cipher; missing sequence number transforms mean "not extended".
    package static func select(
        offered: [Proposal], configured: [Proposal], policy: SelectionPolicy = SelectionPolicy()
    ) -> Result<Proposal, ProposalMismatch> {
        var closest: ProposalMismatch.Closest?
        let (outer, inner) = policy.preferConfigured ? (configured, offered) : (offered, configured)
        for first in outer {
            for second in inner where first.protocolID == second.protocolID {
                let (own, peer) = policy.preferConfigured ? (first, second) : (second, first)
                switch own.agree(with: peer, policy: policy) {
                case .success(let proposal): return .success(proposal)
                case .failure(let difference):
                    guard difference.agreed > closest?.agreed ?? -1 else { continue }
                    closest = .init(
                        configured: own, offered: peer, differing: difference.type, agreed: difference.agreed)
                }
            }
        }
        return .failure(ProposalMismatch(offered: offered, configured: configured, closest: closest))
    }

    /// Whether `selected` is an answer that `offered` allows: one transform of each type, each of them offered
    /// (RFC 7296 §2.7).
    package static func isValidChoice(
        _ selected: Proposal, offered: [Proposal], policy: SelectionPolicy = SelectionPolicy()
    ) -> Bool {
        let types = selected.transforms.map(\.type)
        guard Set(types).count == types.count else { return false }
        return offered.contains { offer in
            guard offer.protocolID == selected.protocolID, offer.number == selected.number || selected.number == 0
            else {
                return false
            }
            if case .success = offer.agree(with: selected, policy: policy) { return true }
            return false
        }
    }

    private struct Difference: Error {
        var type: TransformType
        /// Types on which both sides agree.
        var agreed: Int
    }

    private func agree(with peer: Proposal, policy: SelectionPolicy) -> Result<Proposal, Difference> {
        let pair = Pair(own: self, peer: peer, policy: policy)
        var best = Difference(type: .encryption, agreed: 0)
        for cipher in pair.commonCiphers {
            switch pair.complete(cipher) {
            case .success(let transforms):
                return .success(
                    Proposal(number: peer.number, protocolID: peer.protocolID, spi: peer.spi, transforms: transforms))
            case .failure(let difference):
                if difference.agreed > best.agreed { best = difference }
            }
        }
        return .failure(best)
    }

    /// One configured and one offered proposal.
    private struct Pair {
        let own: Proposal
        let peer: Proposal
        let policy: SelectionPolicy

        /// The preferred common cipher, and behind it the first of the other sort, with or without integrity of its
        /// own: the other types agree alike for all ciphers of a sort. One `nil` where the protocol has none (AH).
        var commonCiphers: [Transform?] {
            if own.protocolID == .ah { return [nil] }
            let ciphers = common(.encryption)
            guard let first = ciphers.first else { return [] }
            let other = ciphers.first { Self.isCombined($0) != Self.isCombined(first) }
            return [first, other].compactMap(\.self)
        }

        private static func isCombined(_ cipher: Transform) -> Bool {
            EncryptionAlgorithm(rawValue: cipher.id).isCombinedMode
        }

        /// Chooses one transform of every other type, or says which type has none in common.
        func complete(_ cipher: Transform?) -> Result<[Transform], Difference> {
            var chosen = cipher.map { [$0] } ?? []
            var methods: Set<UInt16> = []
            var failed: TransformType?
            var agreed = chosen.count
            for type in types where !isIgnored(type, beside: cipher) {
                guard let choice = choose(type, except: methods) else {
                    failed = failed ?? type
                    continue
                }
                agreed += 1
                guard case .transform(let transform) = choice else { continue }
                chosen.append(transform)
                if type.isKeyExchange { methods.insert(transform.id) }
            }
            return failed.map { .failure(Difference(type: $0, agreed: agreed)) } ?? .success(chosen)
        }

        private enum Choice {
            case transform(Transform)
            /// Agreed to go without.
            case nothing
        }

        private var types: [TransformType] {
            Set((own.transforms + peer.transforms).map(\.type)).subtracting([.encryption])
                .sorted { $0.printingOrder < $1.printingOrder }
        }

        private func isIgnored(_ type: TransformType, beside cipher: Transform?) -> Bool {
            if type.isKeyExchange { return policy.ignoreKeyExchange }
            guard type == .integrity, let cipher else { return false }
            return Self.isCombined(cipher)
        }

        private func choose(_ type: TransformType, except methods: Set<UInt16>) -> Choice? {
            let matches = common(type).filter { !type.isKeyExchange || $0.id == 0 || !methods.contains($0.id) }
            if let match = matches.first {
                return match.isNone && type != .extendedSequenceNumbers ? .nothing : .transform(match)
            }
            return mayLack(type) ? .nothing : nil
        }

        /// Whether the side that has no transform of the type and the side that has can agree on none.
        private func mayLack(_ type: TransformType) -> Bool {
            let mine = own.transforms(type)
            let theirs = peer.transforms(type)
            guard mine.isEmpty != theirs.isEmpty else { return false }
            let listed = mine + theirs
            switch type {
            case .extendedSequenceNumbers: return listed.contains { $0.id == 0 }
            case .integrity: return own.protocolID == .esp && listed.contains { $0.id == 0 }
            case .keyExchange: return own.protocolID != .ike && listed.contains { $0.id == 0 }
            default: return type.isKeyExchange && listed.contains { $0.id == 0 }
            }
        }

        private func common(_ type: TransformType) -> [Transform] {
            let mine = own.transforms(type)
            let theirs = peer.transforms(type)
            let (first, second) = policy.preferConfigured ? (mine, theirs) : (theirs, mine)
            return first.filter { second.contains($0) && (policy.acceptPrivate || $0.id < 1024) }
        }
    }
}
