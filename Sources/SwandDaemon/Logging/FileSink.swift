private import Glibc
package import IKESA
package import Transport

/// Writes lines to a file, or to the standard output or error stream (`filelog` of strongswan.conf).
package final class FileSink: LogSink {
    package let levels: LogLevels
    private let format: LogFormat
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private let flushesEachLine: Bool
    private var buffer: [UInt8] = []
    /// Beyond this the buffer is written even within a turn.
    private static let mostBuffered = 64 * 1024

    /// Writes to a descriptor that stays the caller's.
    package init(descriptor: Int32, levels: LogLevels, format: LogFormat = LogFormat()) {
        self.descriptor = descriptor
        self.levels = levels
        self.format = format
        ownsDescriptor = false
        flushesEachLine = true
    }

    /// Writes to the file at `path`, which is created if need be.
    package init(
        path: String, append: Bool, levels: LogLevels, format: LogFormat, flushesEachLine: Bool
    ) throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (append ? O_APPEND : O_TRUNC)
        descriptor = open(path, flags, 0o640)
        guard descriptor >= 0 else { throw .last("open log file \(path)") }
        self.levels = levels
        self.format = format
        self.flushesEachLine = flushesEachLine
        ownsDescriptor = true
    }

    deinit {
        flush()
        if ownsDescriptor { close(descriptor) }
    }

    package func write(_ line: LogLine, at time: WallTime) {
        buffer.append(contentsOf: format.render(line, at: time).utf8)
        if flushesEachLine || buffer.count > Self.mostBuffered { flush() }
    }

    /// A disk that is full loses lines, never the daemon.
    package func flush() {
        guard !buffer.isEmpty else { return }
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
