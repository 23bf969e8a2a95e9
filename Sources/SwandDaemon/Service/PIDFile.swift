private import Glibc
package import Transport

/// A file with the number of our process, locked while we live.
package final class PIDFile {
    private let path: String
    private let descriptor: Int32
    private var isRemoved = false

    /// - Throws: with `EAGAIN` where a living process holds the file.
    package init(path: String) throws(SystemError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw .last("open \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last("lock \(path)")
            close(descriptor)
            throw error
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = write(descriptor, text, text.count)
    }

    deinit { remove() }

    package func remove() {
        guard !isRemoved else { return }
        isRemoved = true
        unlink(path)
        close(descriptor)
    }
}
