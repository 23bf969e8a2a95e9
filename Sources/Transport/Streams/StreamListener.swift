private import CLinux
private import Glibc

/// A Unix stream socket that accepts connections at a path.
package final class StreamListener {
    private let loop: EventLoop
    private let descriptor: Int32
    package let path: String

    /// Listens at `path`, which only `mode` may connect to. A socket that a dead process left is replaced.
    ///
    /// - Parameter group: the group that the socket belongs to; `nil`: ours.
    /// - Throws: with `EADDRINUSE` where somebody answers at `path`.
    package init(
        path: String, mode: UInt32 = 0o660, group: UInt32? = nil, loop: EventLoop,
        accepted: @escaping (StreamConnection) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.path = path
        let descriptor = try Self.makeSocket()
        self.descriptor = descriptor
        do throws(SystemError) {
            try Self.removeStale(path)
            // Nobody else may connect in the moment between bind and chmod.
            let previous = umask(0o177)
            defer { umask(previous) }
            guard try UnixAddress.with(path, { bind(descriptor, $0, $1) }) == 0 else { throw .last("bind \(path)") }
            if let group, chown(path, uid_t.max, gid_t(group)) != 0 { throw .last("change the group of \(path)") }
            guard chmod(path, mode_t(mode)) == 0 else { throw .last("change the mode of \(path)") }
            guard listen(descriptor, 16) == 0 else { throw .last("listen at \(path)") }
            try loop.register(descriptor, for: .readable) { [unowned loop] _ in
                Self.accept(descriptor, loop, accepted)
            }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Stops listening and removes the socket from the file system.
    package func close() {
        loop.unregister(descriptor)
        Glibc.close(descriptor)
        unlink(path)
    }

    private static func accept(_ descriptor: Int32, _ loop: EventLoop, _ accepted: (StreamConnection) -> Void) {
        let client = Glibc.accept(descriptor, nil, nil)
        guard client >= 0 else { return }
        let flags = fcntl(client, F_GETFL)
        guard fcntl(client, F_SETFL, flags | O_NONBLOCK) == 0, fcntl(client, F_SETFD, FD_CLOEXEC) == 0 else {
            Glibc.close(client)
            return
        }
        accepted(StreamConnection(descriptor: client, loop: loop))
    }

    private static func makeSocket() throws(SystemError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw .last("create Unix socket") }
        return descriptor
    }

    /// Removes a socket at which nobody listens; leaves anything else alone.
    private static func removeStale(_ path: String) throws(SystemError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("bind \(path)", code: EEXIST) }
        let probe = try makeSocket()
        defer { Glibc.close(probe) }
        if try UnixAddress.with(path, { connect(probe, $0, $1) }) == 0 || errno == EAGAIN {
            throw SystemError("bind \(path)", code: EADDRINUSE)
        }
        unlink(path)
    }
}
