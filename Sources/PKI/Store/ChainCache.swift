/// Chains that stood, by the certificates that the peer sent and the anchors that counted; the one that was not asked for
/// longest goes first.
struct ChainCache {
    struct Key: Hashable {
        /// DER as the peer sent it, end entity first.
        let certificates: [[UInt8]]
        /// DER of the anchors that not every authentication has.
        let anchors: [[UInt8]]
    }

    private struct Entry {
        let chain: VerifiedChain
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    /// A chain holds some ten kilobytes in libcrypto's form.
    private static let most = 128

    subscript(key: Key) -> VerifiedChain? {
        mutating get {
            guard let chain = entries[key]?.chain else { return nil }
            clock += 1
            entries[key]?.lastUse = clock
            return chain
        }
    }

    mutating func insert(_ chain: VerifiedChain, for key: Key) {
        if entries.count >= Self.most, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        clock += 1
        entries[key] = Entry(chain: chain, lastUse: clock)
    }

    mutating func clear() { entries = [:] }
}
