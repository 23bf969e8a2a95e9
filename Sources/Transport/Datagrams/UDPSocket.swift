private import CLinux
private import Glibc
package import IPsecModel

/// A nonblocking UDP socket on all local addresses of one family.
///
/// Every datagram comes with the local address that it was sent to, and leaves from the local address of its path, so
/// one socket a port serves all addresses of the machine. Datagrams may be fragmented by IP on their way out, because
/// an IKE message that cannot be sent otherwise would never arrive.
package final class UDPSocket {
    package let family: IPAddress.Family
    package let port: UInt16
    package let descriptor: Int32
    /// Interfaces behind link-local peers, which an address alone does not name.
    private var scopes: [IPAddress: UInt32] = [:]
    private static let mostScopes = 4096
    /// Room for what arrives while the loop computes a key exchange; the usual 200 KB hold some hundred first messages.
    private static let receiveBuffer: Int32 = 4 * 1024 * 1024

    /// Opens and binds a socket.
    ///
    /// - Parameters:
    ///   - port: 0 takes any free port; ``port`` tells which.
    ///   - prepare: called before `bind`, for options that others own (UDP encapsulation, policy bypass).
    package init(
        family: IPAddress.Family, port: UInt16, address: IPAddress? = nil,
        prepare: (Int32) throws(SystemError) -> Void = { (_) throws(SystemError) in }
    ) throws(SystemError) {
        self.family = family
        let domain = family == .v4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(domain, type, 0)
        guard descriptor >= 0 else { throw .last("create UDP socket") }
        self.descriptor = descriptor
        do throws(SystemError) {
            try Self.configure(descriptor, family)
            try prepare(descriptor)
            self.port = try Self.bind(descriptor, Endpoint(address ?? .any(family), port))
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// SO_REUSEADDR stays off: with it Linux lets a second daemon bind the same port and take our datagrams, and UDP
    /// has no state that would keep a port busy after a restart.
    private static func configure(_ descriptor: Int32, _ family: IPAddress.Family) throws(SystemError) {
        // Beyond the system's limit for those who may (CAP_NET_ADMIN), else up to it.
        if (try? set(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer, "receive buffer")) == nil {
            try set(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer, "receive buffer")
        }
        switch family {
        case .v4:
            try set(descriptor, SOL_IP, IP_PKTINFO, 1, "packet information")
            try set(descriptor, SOL_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, "fragmentation")
        case .v6:
            try set(descriptor, SOL_IPV6, IPV6_V6ONLY, 1, "IPv6 only")
            try set(descriptor, SOL_IPV6, IPV6_RECVPKTINFO, 1, "packet information")
            try set(descriptor, SOL_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT, "fragmentation")
        }
    }

    /// Sets an integer option of a socket.
    package static func set(
        _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32, _ name: String
    ) throws(SystemError) {
        var value = value
        guard setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw .last("set socket option for \(name)")
        }
    }

    private static func bind(_ descriptor: Int32, _ endpoint: Endpoint) throws(SystemError) -> UInt16 {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: SocketAddress.capacity, alignment: 8)
        defer { room.deallocate() }
        guard let base = room.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return endpoint.port }
        var length = socklen_t(SocketAddress.write(endpoint, to: room))
        guard Glibc.bind(descriptor, base, length) == 0 else { throw .last("bind UDP socket to \(endpoint)") }
        guard endpoint.port == 0 else { return endpoint.port }
        length = socklen_t(SocketAddress.capacity)
        guard getsockname(descriptor, base, &length) == 0 else { throw .last("read the address of UDP socket") }
        return SocketAddress.read(UnsafeRawBufferPointer(room))?.endpoint.port ?? 0
    }

    // MARK: Receiving

    /// Takes the datagrams that wait, at most a batch; 0 when none does.
    package func receive(into batch: DatagramBatch) -> Int {
        batch.prepare()
        let count = recvmmsg(
            descriptor, batch.headers.baseAddress, UInt32(DatagramBatch.slots), Int32(MSG_DONTWAIT), nil)
        return max(0, Int(count))
    }

    /// The two ends of a received datagram; `nil` where the system did not tell them.
    package func path(_ slot: Int, in batch: DatagramBatch) -> Path? {
        guard let source = batch.source(slot), let destination = batch.destination(slot) else { return nil }
        if source.scope != 0, source.endpoint.address.isLinkLocal { remember(source.endpoint.address, source.scope) }
        return Path(local: Endpoint(destination.address, port), remote: source.endpoint)
    }

    private func remember(_ address: IPAddress, _ scope: UInt32) {
        if scopes.count >= Self.mostScopes { scopes.removeAll() }
        scopes[address] = scope
    }

    // MARK: Sending

    /// Sends one datagram from `path.local` (any address of ours when that is unspecified) to `path.remote`.
    ///
    /// - Parameters:
    ///   - marker: whether four zero octets precede the bytes (RFC 7296 §3.1).
    ///   - dscp: six bits.
    /// - Throws: why the system did not take it. A full socket buffer counts as a lost datagram, not as an error.
    package func send(_ bytes: [UInt8], on path: Path, marker: Bool, dscp: UInt8 = 0) throws(SystemError) {
        let result = withUnsafeTemporaryAllocation(
            byteCount: SocketAddress.capacity + ControlMessages.capacity, alignment: 16
        ) { room in transmit(bytes, on: path, marker: marker, dscp: dscp, room: room) }
        guard result < 0, errno != EAGAIN, errno != ENOBUFS else { return }
        throw .last("send to \(path.remote)")
    }

    private func transmit(
        _ bytes: [UInt8], on path: Path, marker: Bool, dscp: UInt8, room: UnsafeMutableRawBufferPointer
    ) -> Int {
        let name = UnsafeMutableRawBufferPointer(rebasing: room[..<SocketAddress.capacity])
        let control = UnsafeMutableRawBufferPointer(rebasing: room[SocketAddress.capacity...])
        let scope = path.remote.address.isLinkLocal ? scopes[path.remote.address] ?? 0 : 0
        var message = msghdr()
        message.msg_namelen = socklen_t(SocketAddress.write(path.remote, scope: scope, to: name))
        message.msg_name = name.baseAddress
        let length = ControlMessages.write(source: path.local.address, scope: scope, dscp: dscp, to: control)
        if length > 0 {
            message.msg_control = control.baseAddress
            message.msg_controllen = length
        }
        return bytes.withUnsafeBytes { body in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 1) { zeros in
                zeros[0] = 0
                return withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
                    vectors[0] = iovec(iov_base: zeros.baseAddress, iov_len: NonESPMarker.size)
                    vectors[1] = iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count)
                    message.msg_iov = vectors.baseAddress?.advanced(by: marker ? 0 : 1)
                    message.msg_iovlen = marker ? 2 : 1
                    return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }
}
