import IKECodec
import IKESA
import IPsecModel

/// IPComp for a CHILD_SA (RFC 7296 §2.22).
///
///     initiator                                   responder
///     N(IPCOMP_SUPPORTED), SA, TSi, TSr     →     takes DEFLATE or ignores the notify
///                                           ←     N(IPCOMP_SUPPORTED), SA, TSi, TSr
///
/// Each side names the CPI under which it wants to receive.
///
///     | CPI (u16) | transform ID (u8) | transform attributes … |
enum Compression {
    /// RFC 2394; the only algorithm that Linux has.
    private static let deflate: UInt8 = 2

    static func notify(_ cpi: SPI) -> NotifyPayload {
        NotifyPayload(
            .ipcompSupported,
            data: [
                UInt8(truncatingIfNeeded: cpi.rawValue >> 8), UInt8(truncatingIfNeeded: cpi.rawValue), deflate,
            ])
    }

    /// The peer's CPI for DEFLATE among the algorithms that it names; `nil` if that is not there.
    ///
    /// Numbers below 256 are well-known or reserved (RFC 3173 §2.1): whoever sends one is not understood.
    static func cpi(_ contents: MessageContents) -> SPI? {
        for notify in contents.notifies where notify.type == .ipcompSupported {
            guard notify.data.count >= 3, notify.data[2] == deflate else { continue }
            let cpi = UInt32(notify.data[0]) << 8 | UInt32(notify.data[1])
            if cpi > 255 { return SPI(rawValue: cpi) }
        }
        return nil
    }
}

extension IKEv2SA {
    /// Whether packets between these selectors can be compressed: Linux does not carry compressed packets of one
    /// address family in those of the other.
    func canCompress(_ selectors: [TrafficSelector]) -> Bool {
        selectors.allSatisfy { $0.family == path.remote.address.family }
    }
}
