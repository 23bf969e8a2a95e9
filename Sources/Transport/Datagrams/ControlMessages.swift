private import CLinux
private import Glibc
import IPsecModel

/// Ancillary data of a datagram (cmsg(3)): which local address it came to or leaves from, and its traffic class.
///
///     length (word) | level (i32) | type (i32) | data … | padding to a word
enum ControlMessages {
    static let header = MemoryLayout<cmsghdr>.size
    /// Room for every message that is read or written here.
    static let capacity = 128

    /// Where a datagram came to.
    struct Destination {
        var address: IPAddress
        /// The interface that it came in by.
        var interfaceIndex: UInt32
    }

    /// The destination of a received datagram.
    static func destination(in control: UnsafeRawBufferPointer) -> Destination? {
        var offset = 0
        while offset + header <= control.count {
            let head = control.loadUnaligned(fromByteOffset: offset, as: cmsghdr.self)
            let length = Int(head.cmsg_len)
            guard length >= header, offset + length <= control.count else { return nil }
            let data = UnsafeRawBufferPointer(rebasing: control[offset + header..<offset + length])
            if let destination = destination(of: head, data) { return destination }
            offset += aligned(length)
        }
        return nil
    }

    private static func destination(of head: cmsghdr, _ data: UnsafeRawBufferPointer) -> Destination? {
        if head.cmsg_level == SOL_IP, head.cmsg_type == IP_PKTINFO, data.count >= MemoryLayout<in_pktinfo>.size {
            // ipi_addr is the address in the header; for a broadcast it is not ours, ipi_spec_dst is.
            let information = data.loadUnaligned(as: in_pktinfo.self)
            return Destination(
                address: SocketAddress.ipAddress(information.ipi_spec_dst),
                interfaceIndex: UInt32(bitPattern: information.ipi_ifindex))
        }
        if head.cmsg_level == SOL_IPV6, head.cmsg_type == IPV6_PKTINFO, data.count >= MemoryLayout<in6_pktinfo>.size {
            let information = data.loadUnaligned(as: in6_pktinfo.self)
            return Destination(
                address: SocketAddress.ipAddress(information.ipi6_addr),
                interfaceIndex: UInt32(information.ipi6_ifindex))
        }
        return nil
    }

    /// Writes the source address and, where not zero, the DSCP of a datagram to send; says how many bytes it took.
    static func write(source: IPAddress, scope: UInt32, dscp: UInt8, to room: UnsafeMutableRawBufferPointer) -> Int {
        var offset = 0
        switch source.family {
        case .v4:
            if !source.isAny {
                var information = in_pktinfo()
                information.ipi_spec_dst = SocketAddress.ipv4(source)
                append(SOL_IP, IP_PKTINFO, information, at: &offset, in: room)
            }
            if dscp != 0 { append(SOL_IP, IP_TOS, Int32(dscp) << 2, at: &offset, in: room) }
        case .v6:
            if !source.isAny {
                var information = in6_pktinfo()
                information.ipi6_addr = SocketAddress.ipv6(source)
                information.ipi6_ifindex = scope
                append(SOL_IPV6, IPV6_PKTINFO, information, at: &offset, in: room)
            }
            if dscp != 0 { append(SOL_IPV6, IPV6_TCLASS, Int32(dscp) << 2, at: &offset, in: room) }
        }
        return offset
    }

    private static func append<Data>(
        _ level: Int32, _ type: Int32, _ data: Data, at offset: inout Int, in room: UnsafeMutableRawBufferPointer
    ) {
        let length = header + MemoryLayout<Data>.size
        var head = cmsghdr()
        head.cmsg_len = length
        head.cmsg_level = level
        head.cmsg_type = type
        room.storeBytes(of: head, toByteOffset: offset, as: cmsghdr.self)
        room.storeBytes(of: data, toByteOffset: offset + header, as: Data.self)
        offset += aligned(length)
    }

    private static func aligned(_ length: Int) -> Int {
        let word = MemoryLayout<Int>.size
        return (length + word - 1) / word * word
    }
}
