import CLinux
private import Glibc
import IPsecModel

/// Room for the datagrams of one recvmmsg(2): allocated once, reused for every batch and every socket.
///
/// Each slot holds one datagram, its sender and its ancillary data. Slots are valid until the next receive.
package final class DatagramBatch {
    package static let slots = 32

    /// Longest datagram that is taken; a longer one is reported as oversized.
    package let maxPacket: Int
    let headers: UnsafeMutableBufferPointer<mmsghdr>
    private let vectors: UnsafeMutableBufferPointer<iovec>
    private let payload: UnsafeMutableRawBufferPointer
    private let names: UnsafeMutableRawBufferPointer
    private let controls: UnsafeMutableRawBufferPointer

    package init(maxPacket: Int) {
        self.maxPacket = maxPacket
        headers = .allocate(capacity: Self.slots)
        headers.initialize(repeating: mmsghdr())
        vectors = .allocate(capacity: Self.slots)
        vectors.initialize(repeating: iovec())
        payload = .allocate(byteCount: Self.slots * maxPacket, alignment: 16)
        names = .allocate(byteCount: Self.slots * SocketAddress.capacity, alignment: 16)
        controls = .allocate(byteCount: Self.slots * ControlMessages.capacity, alignment: 16)
    }

    deinit {
        headers.deallocate()
        vectors.deallocate()
        payload.deallocate()
        names.deallocate()
        controls.deallocate()
    }

    /// Points the headers at their slots; recvmmsg has overwritten the lengths of the last batch.
    func prepare() {
        for slot in 0..<Self.slots {
            vectors[slot] = iovec(iov_base: payload.baseAddress?.advanced(by: slot * maxPacket), iov_len: maxPacket)
            headers[slot].msg_hdr.msg_name = names.baseAddress?.advanced(by: slot * SocketAddress.capacity)
            headers[slot].msg_hdr.msg_namelen = socklen_t(SocketAddress.capacity)
            headers[slot].msg_hdr.msg_iov = vectors.baseAddress?.advanced(by: slot)
            headers[slot].msg_hdr.msg_iovlen = 1
            headers[slot].msg_hdr.msg_control = controls.baseAddress?.advanced(by: slot * ControlMessages.capacity)
            headers[slot].msg_hdr.msg_controllen = ControlMessages.capacity
            headers[slot].msg_hdr.msg_flags = 0
        }
    }

    /// The bytes of a datagram.
    package func bytes(_ slot: Int) -> UnsafeRawBufferPointer {
        let length = min(Int(headers[slot].msg_len), maxPacket)
        return UnsafeRawBufferPointer(rebasing: payload[slot * maxPacket..<slot * maxPacket + length])
    }

    /// Whether the datagram was longer than its slot.
    package func isOversized(_ slot: Int) -> Bool {
        headers[slot].msg_hdr.msg_flags & Int32(MSG_TRUNC) != 0
    }

    /// Who sent a datagram, with the IPv6 scope of a link-local sender.
    func source(_ slot: Int) -> (endpoint: Endpoint, scope: UInt32)? {
        let length = min(Int(headers[slot].msg_hdr.msg_namelen), SocketAddress.capacity)
        let start = slot * SocketAddress.capacity
        return SocketAddress.read(UnsafeRawBufferPointer(rebasing: names[start..<start + length]))
    }

    /// The interface that a datagram came in by; 0 where the system did not tell.
    package func interfaceIndex(_ slot: Int) -> UInt32 { destination(slot)?.interfaceIndex ?? 0 }

    /// Where a datagram was sent to.
    func destination(_ slot: Int) -> ControlMessages.Destination? {
        let length = min(headers[slot].msg_hdr.msg_controllen, ControlMessages.capacity)
        let start = slot * ControlMessages.capacity
        return ControlMessages.destination(in: UnsafeRawBufferPointer(rebasing: controls[start..<start + length]))
    }
}
