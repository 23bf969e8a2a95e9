import IPsecModel

/// A value that is not what its key wants. The caller knows key and location.
package struct ValueError: Error, Hashable, Sendable {
    /// What is wanted, or what is wrong: `wants a duration`.
    package var message: String
    package var suggestion: String?

    package init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }
}

extension ValueError {
    /// For a word that is none of a list.
    init(_ word: some StringProtocol, notIn words: [String]) {
        self.init(
            "is none of \(words.joined(separator: ", "))",
            suggestion: closestName(to: word, among: words).map { "did you mean '\($0)'?" })
    }

    init(_ error: ProposalError) { self.init(error.description) }
}
