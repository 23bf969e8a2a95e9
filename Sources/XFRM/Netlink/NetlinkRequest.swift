package import CryptoInterface
package import IPsecModel

/// One netlink message that is being written (`struct nlmsghdr` and what follows).
///
///     | length (u32) | type (u16) | flags (u16) | sequence (u32) | port (u32) | payload … | attributes … |
///
/// Everything is padded to four octets. The memory is wiped when the request goes.
package final class NetlinkRequest {
    package let type: UInt16
    package let buffer: NetlinkBuffer

    package init(type: UInt16, flags: NetlinkFlags, reserving capacity: Int = 1024) {
        self.type = type
        buffer = NetlinkBuffer(capacity: capacity)
        u32(0)  // length: `seal`
        u16(type)
        u16(flags.union(.request).rawValue)
        u32(0)  // sequence number: `seal`
        u32(0)  // port: the kernel
    }

    /// Fills in the length and the sequence number; the request can be sent afterwards.
    package func seal(sequence: UInt32) {
        buffer.patch(UInt32(truncatingIfNeeded: buffer.count), at: 0)
        buffer.patch(sequence, at: 8)
    }

    package func add(_ flags: NetlinkFlags) {
        let old: UInt16 = (try? buffer.load(at: 6)) ?? 0
        buffer.patch(old | flags.rawValue, at: 6)
    }

    package func u8(_ value: UInt8) { buffer.append(value) }
    package func u16(_ value: UInt16) { buffer.append(value) }
    package func u32(_ value: UInt32) { buffer.append(value) }
    package func u64(_ value: UInt64) { buffer.append(value) }
    /// Fields that the kernel keeps in network byte order: SPIs and ports.
    package func networkU16(_ value: UInt16) { buffer.append(value.bigEndian) }
    package func networkU32(_ value: UInt32) { buffer.append(value.bigEndian) }
    package func zeros(_ count: Int) { buffer.append(zeros: count) }
    package func bytes(_ bytes: [UInt8]) { bytes.withUnsafeBytes { buffer.append($0) } }
    package func secret(_ secret: SecretBytes) { secret.withUnsafeBytes { buffer.append($0) } }
    package func copy(_ view: NetlinkView) { view.withUnsafeBytes { buffer.append($0) } }

    /// `xfrm_address_t`: 16 octets, of which IPv4 uses the first four.
    package func address(_ address: IPAddress) {
        bytes(address.bytes)
        zeros(16 - address.family.width)
    }

    /// Text in a field of fixed size, cut so that a final zero remains.
    package func text(_ text: String, width: Int) {
        let octets = Array(text.utf8.prefix(width - 1))
        bytes(octets)
        zeros(width - octets.count)
    }

    /// An attribute: length and type (u16 each), what `body` writes, and zeros up to a multiple of four.
    package func attribute(_ type: UInt16, _ body: () -> Void) {
        pad()
        let start = buffer.count
        u16(0)
        u16(type)
        body()
        buffer.patch(UInt16(truncatingIfNeeded: buffer.count - start), at: start)
        pad()
    }

    package func attribute(_ type: UInt16, u32 value: UInt32) {
        attribute(type) { u32(value) }
    }

    private func pad() { zeros((4 - buffer.count % 4) % 4) }
}

/// `nlmsg_flags`.
package struct NetlinkFlags: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let request = NetlinkFlags(rawValue: 0x1)
    package static let multi = NetlinkFlags(rawValue: 0x2)
    package static let acknowledge = NetlinkFlags(rawValue: 0x4)
    package static let dumpInterrupted = NetlinkFlags(rawValue: 0x10)
    package static let dump = NetlinkFlags(rawValue: 0x300)
    /// With ``create``: what is there gives way, or refuses the request.
    package static let replace = NetlinkFlags(rawValue: 0x100)
    package static let exclusive = NetlinkFlags(rawValue: 0x200)
    package static let create = NetlinkFlags(rawValue: 0x400)
}
