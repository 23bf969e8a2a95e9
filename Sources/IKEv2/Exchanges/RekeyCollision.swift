import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Both sides rekeyed the same SA at once. Of the two new SAs, the one made with the lowest of the four nonces is
/// redundant, and the side that asked for it deletes it (RFC 7296 §2.8.1, §2.8.2).
struct RekeyCollision {
    /// Nonces of the exchange that we started.
    var own: [[UInt8]]
    /// Nonces of the exchange that the peer started.
    var theirs: [[UInt8]]

    init(own: [[UInt8]], theirs: [[UInt8]]) {
        self.own = own
        self.theirs = theirs
    }

    /// Whether our new SA stays and the peer's is redundant.
    var weWin: Bool {
        guard let ours = own.min(by: Self.precedes), let lowest = theirs.min(by: Self.precedes) else { return true }
        return Self.precedes(lowest, ours)
    }

    /// Octet by octet; a nonce that is the beginning of another comes first.
    private static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }
}
