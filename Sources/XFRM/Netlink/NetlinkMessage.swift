package import Wire

/// One received netlink message.
package struct NetlinkMessage {
    package let type: UInt16
    package let flags: NetlinkFlags
    package let sequence: UInt32
    package let port: UInt32
    package let payload: NetlinkView

    /// `NLMSG_NOOP`, `NLMSG_ERROR` and `NLMSG_DONE` of every netlink family.
    package static let noop: UInt16 = 1
    package static let error: UInt16 = 2
    package static let done: UInt16 = 3

    static let headerSize = 16

    /// The `errno` of an error message or of the end of a dump: 0 is an acknowledgement.
    package func errorCode() throws(CodecError) -> Int32 {
        if type == Self.done, payload.count < 4 { return 0 }
        let code = try payload.i32(at: 0)
        guard code <= 0, code > Int32.min else {
            throw .badValue(field: "netlink error", offset: Self.headerSize, value: UInt64(UInt32(bitPattern: code)))
        }
        return -code
    }

    /// The kernel's own words for a refusal (`NLMSGERR_ATTR_MSG`), if it has sent some.
    package var errorText: String? {
        guard type == Self.error, flags.contains(Self.extendedAcknowledgement) else { return nil }
        let isCapped = flags.contains(Self.capped)
        guard let length = try? payload.u32(at: 4) else { return nil }
        // Behind the error number stands the header of the refused request, and all of it unless capped.
        let offset = 4 + (isCapped ? Self.headerSize : aligned(Int(length)))
        guard let attributes = try? payload.attributes(from: offset), let text = attributes.first(1) else { return nil }
        return try? text.text(width: text.count)
    }

    private static let capped = NetlinkFlags(rawValue: 0x100)
    private static let extendedAcknowledgement = NetlinkFlags(rawValue: 0x200)
}

/// Walks over the messages of one datagram.
package struct NetlinkMessageReader {
    private let datagram: NetlinkView
    private var offset = 0

    package init(_ datagram: NetlinkView) { self.datagram = datagram }

    /// The next message; `nil` at the end.
    ///
    /// - Throws: ``CodecError`` for a header that is cut or lies about its length; nothing can be read behind it.
    package mutating func next() throws(CodecError) -> NetlinkMessage? {
        guard offset < datagram.count else { return nil }
        let length = Int(try datagram.u32(at: offset))
        guard length >= NetlinkMessage.headerSize, length <= datagram.count - offset else {
            throw .badLength(offset: offset, value: length)
        }
        let message = NetlinkMessage(
            type: try datagram.u16(at: offset + 4),
            flags: NetlinkFlags(rawValue: try datagram.u16(at: offset + 6)),
            sequence: try datagram.u32(at: offset + 8),
            port: try datagram.u32(at: offset + 12),
            payload: try datagram.sub(
                offset + NetlinkMessage.headerSize, length - NetlinkMessage.headerSize))
        offset += aligned(length)
        return message
    }
}
