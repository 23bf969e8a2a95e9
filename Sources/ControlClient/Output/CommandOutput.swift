internal import Glibc

/// Where a command writes. Tests collect the lines.
package protocol CommandOutput: AnyObject {
    /// A line of the result.
    func print(_ line: String)
    /// A line of text about the result: errors and warnings.
    func complain(_ line: String)
    /// Shows what was printed so far; commands that run for long call it after each event.
    func flush()
}

/// Standard output, buffered, and standard error.
package final class StandardOutput: CommandOutput {
    private static let bufferBytes = 32 * 1024

    private var buffer: [UInt8] = []

    package init() {}

    deinit {
        flush()
    }

    package func print(_ line: String) {
        buffer += Array(line.utf8) + [0x0a]
        if buffer.count >= StandardOutput.bufferBytes { flush() }
    }

    package func complain(_ line: String) {
        flush()
        StandardOutput.write(Array(line.utf8) + [0x0a], to: STDERR_FILENO)
    }

    package func flush() {
        StandardOutput.write(buffer, to: STDOUT_FILENO)
        buffer.removeAll(keepingCapacity: true)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                return
            }
        }
    }
}
