private import CLinux
private import Glibc
package import XFRM

/// A netlink socket for requests: each is answered before the next is sent.
///
/// The kernel works on a request inside `send`, so the answer is there when it returns, and waiting for it never
/// blocks a loop. Used from one thread.
package final class NetlinkSocket: NetlinkChannel {
    package enum Family: Sendable { case xfrm, route }

    private let descriptor: Int32
    private let answer = NetlinkBuffer(capacity: 128 * 1024)
    private var sequence: UInt32 = 0

    /// - Throws: ``NetlinkFailure`` if the kernel does not have the family.
    package init(_ family: Family) throws(NetlinkFailure) {
        descriptor = try NetlinkDescriptor.open(family, groups: [], isBlocking: true)
    }

    deinit { close(descriptor) }

    package func transact(
        _ request: NetlinkRequest, _ receive: (NetlinkMessage) -> Void
    ) throws(NetlinkFailure) {
        sequence &+= 1
        request.seal(sequence: sequence)
        defer { answer.wipe() }
        try send(request)
        while try !readAnswer(receive) {}
    }

    private func send(_ request: NetlinkRequest) throws(NetlinkFailure) {
        let code = request.buffer.withUnsafeBytes { bytes -> Int32 in
            while true {
                let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, 0)
                if sent == bytes.count { return 0 }
                if sent >= 0 { return EMSGSIZE }
                if errno != EINTR { return errno }
            }
        }
        if code != 0 { throw NetlinkFailure(code: code) }
    }

    /// Reads one datagram; whether it was the last of the answer.
    private func readAnswer(_ receive: (NetlinkMessage) -> Void) throws(NetlinkFailure) -> Bool {
        guard try NetlinkDescriptor.receive(descriptor, into: answer) else { throw NetlinkFailure(code: EAGAIN) }
        var reader = NetlinkMessageReader(NetlinkView(answer))
        while true {
            let message: NetlinkMessage?
            do {
                message = try reader.next()
            } catch {
                throw NetlinkFailure(code: EBADMSG)
            }
            guard let message else { return false }
            // What belongs to an earlier request, whose answer was not read to its end.
            guard message.sequence == sequence else { continue }
            if try isLast(message, receive) { return true }
        }
    }

    private func isLast(
        _ message: NetlinkMessage, _ receive: (NetlinkMessage) -> Void
    ) throws(NetlinkFailure) -> Bool {
        switch message.type {
        case NetlinkMessage.noop:
            return false
        case NetlinkMessage.error, NetlinkMessage.done:
            guard let code = try? message.errorCode() else { throw NetlinkFailure(code: EBADMSG) }
            guard code == 0 else { throw NetlinkFailure(code: code, text: message.errorText) }
            return true
        default:
            receive(message)
            return !message.flags.contains(.multi)
        }
    }
}

/// System calls that request and event sockets share.
enum NetlinkDescriptor {
    static func open(
        _ family: NetlinkSocket.Family, groups: [UInt32], isBlocking: Bool, buffer: EventBuffer = EventBuffer()
    ) throws(NetlinkFailure) -> Int32 {
        let kind = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            | (isBlocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
        let descriptor = socket(AF_NETLINK, kind, family == .xfrm ? NETLINK_XFRM : NETLINK_ROUTE)
        guard descriptor >= 0 else { throw NetlinkFailure(code: errno) }
        do {
            try prepare(descriptor, groups: groups, buffer)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func prepare(
        _ descriptor: Int32, groups: [UInt32], _ buffer: EventBuffer
    ) throws(NetlinkFailure) {
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
        }
        guard bound == 0 else { throw NetlinkFailure(code: errno) }
        for group in groups {
            guard set(descriptor, NETLINK_ADD_MEMBERSHIP, Int32(group)) else { throw NetlinkFailure(code: errno) }
        }
        // Explanations in the kernel's words; a kernel that has none refuses the option, and that is all right.
        _ = set(descriptor, NETLINK_EXT_ACK, 1)
        _ = set(descriptor, NETLINK_CAP_ACK, 1)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var room = Int32(clamping: buffer.size)
        if !buffer.isForced || setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, 4) != 0 {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, 4)
        }
    }

    private static func set(_ descriptor: Int32, _ option: some BinaryInteger, _ value: Int32) -> Bool {
        var value = value
        return setsockopt(descriptor, 270 /* SOL_NETLINK */, Int32(option), &value, 4) == 0
    }

    /// Reads one datagram of the kernel into `buffer`; `false` if there is none now.
    ///
    /// - Throws: ``NetlinkFailure`` with `ENOBUFS` when datagrams were lost, with `EMSGSIZE` for one that was cut.
    static func receive(_ descriptor: Int32, into buffer: NetlinkBuffer) throws(NetlinkFailure) -> Bool {
        while true {
            var sender = sockaddr_nl()
            var code: Int32 = 0
            var isCut = false
            _ = buffer.fill { memory in
                var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
                let count = withUnsafeMutablePointer(to: &sender) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        recvfrom(
                            descriptor, memory.baseAddress, memory.count, Int32(MSG_TRUNC), $0, &length)
                    }
                }
                code = count < 0 ? errno : 0
                isCut = count > memory.count
                return count
            }
            if code == EINTR { continue }
            if code == EAGAIN { return false }
            if code != 0 { throw NetlinkFailure(code: code) }
            // Other processes can send to this socket; only port 0 is the kernel.
            if sender.nl_pid != 0 { continue }
            if isCut { throw NetlinkFailure(code: EMSGSIZE) }
            return true
        }
    }
}
