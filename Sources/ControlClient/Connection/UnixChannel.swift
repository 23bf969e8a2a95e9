internal import Glibc

/// A blocking Unix stream socket.
package final class UnixChannel: ControlChannel {
    private static let chunkBytes = 64 * 1024

    private let descriptor: Int32

    /// Connects.
    ///
    /// - Throws: ``ControlError/connect(uri:errno:)``.
    package init(to address: ControlAddress) throws(ControlError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .connect(uri: address.uri, errno: errno) }
        guard UnixChannel.connect(descriptor, to: address.path) else {
            let reason = errno
            close(descriptor)
            throw .connect(uri: address.uri, errno: reason)
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    package func send(_ bytes: [UInt8]) throws(ControlError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                throw .socket(errno: errno)
            }
        }
    }

    package func receive() throws(ControlError) -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: UnixChannel.chunkBytes) { buffer, filled in
                count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                filled = max(count, 0)
            }
            if count >= 0 { return bytes }
            guard errno == EINTR else { throw .socket(errno: errno) }
        }
    }

    private static func connect(_ descriptor: Int32, to path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            // The last byte stays zero; ControlAddress refuses paths that do not fit.
            room.prefix(room.count - 1).copyBytes(from: path.utf8.prefix(room.count - 1))
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}

extension UnixChannel {
    /// The process that listens on the other side.
    ///
    /// - Throws: ``ControlError/socket(errno:)``.
    var peerProcess: Int32 {
        get throws(ControlError) {
            // struct ucred, which Glibc's module does not show.
            var credentials: (process: Int32, user: UInt32, group: UInt32) = (0, 0, 0)
            var length = socklen_t(MemoryLayout.size(ofValue: credentials))
            guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else {
                throw .socket(errno: errno)
            }
            return credentials.process
        }
    }
}
