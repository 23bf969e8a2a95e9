/// Chains that stood, by the certificates that the peer sent; the one that was not asked for longest goes first.
struct ChainCache {
    private struct Entry {
        let chain: VerifiedChain
        var lastUse: UInt64
    }

    private var entries: [[[UInt8]]: Entry] = [:]
    private var clock: UInt64 = 0
    /// A chain holds some ten kilobytes in libcrypto's form.
    private static let most = 128

    subscript(certificates: [[UInt8]]) -> VerifiedChain? {
        mutating get {
            guard entries[certificates] != nil else { return nil }
            clock += 1
            entries[certificates]?.lastUse = clock
            return entries[certificates]?.chain
        }
    }

    mutating func insert(_ chain: VerifiedChain, for certificates: [[UInt8]]) {
        if entries.count >= Self.most, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        clock += 1
        entries[certificates] = Entry(chain: chain, lastUse: clock)
    }

    mutating func clear() { entries = [:] }
    var count: Int { entries.count }
}
