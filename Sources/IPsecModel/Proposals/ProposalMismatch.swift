/// Why no proposal was chosen, as data: both lists, and the pair that came closest.
package struct ProposalMismatch: Error, Hashable, Sendable {
    package var offered: [Proposal]
    package var configured: [Proposal]
    /// `nil` where the sides do not even speak of the same protocol, or a list is empty.
    package var closest: Closest?

    package init(offered: [Proposal], configured: [Proposal], closest: Closest? = nil) {
        self.offered = offered
        self.configured = configured
        self.closest = closest
    }

    /// The configured and the offered proposal that agree on most transform types.
    package struct Closest: Hashable, Sendable {
        package var configured: Proposal
        package var offered: Proposal
        /// The first type without a common transform.
        package var differing: TransformType
        /// Types on which both agree.
        package var agreed: Int

        package init(configured: Proposal, offered: Proposal, differing: TransformType, agreed: Int) {
            self.configured = configured
            self.offered = offered
            self.differing = differing
            self.agreed = agreed
        }
    }
}

extension ProposalMismatch: CustomStringConvertible {
    /// One line for a log: what differs first, and what to change.
    package var description: String {
        guard let closest else {
            return offered.isEmpty
                ? "the peer offers no proposal" : "no proposal of ours is for the protocol that the peer offers"
        }
        let type = closest.differing
        let theirs = list(closest.offered.transforms(type))
        let ours = list(closest.configured.transforms(type))
        return "no common \(type): the peer offers \(theirs), configured is \(ours)" + (remedy.map { "; \($0)" } ?? "")
    }

    /// What would make the closest pair agree, in the configuration's own words.
    package var remedy: String? {
        guard let closest else { return nil }
        let wanted = closest.offered.transforms(closest.differing)
        guard let word = wanted.lazy.compactMap({ ProposalKeywords.word(for: $0) }).first else { return nil }
        return "to accept it, add '\(word)' to the proposal here, or change the peer's"
    }

    /// Everything, a line each.
    package var lines: [String] {
        [
            "received proposals: \(offered.proposalList)", "configured proposals: \(configured.proposalList)",
            description,
        ]
    }

    private func list(_ transforms: [Transform]) -> String {
        transforms.isEmpty ? "none" : transforms.map(\.description).joined(separator: "/")
    }
}
