/// Algorithms that are offered for the sake of old peers and protect little (RFC 8247, RFC 8221).
enum WeakAlgorithms {
    private static let names: Set<String> = [
        "des", "3des", "null", "md5", "md5_128", "prfmd5", "modp768", "modp1024", "modp1024s160",
    ]

    /// The weak ones among the words of a list of proposals, each once.
    static func named(in proposals: some StringProtocol) -> [String] {
        var seen: Set<String> = []
        return proposals.lowercased().split(whereSeparator: { "-,! \t\n".contains($0) }).map(String.init)
            .filter { names.contains($0) && seen.insert($0).inserted }
    }
}
