private import CSystemd
private import Glibc
package import IKESA

/// Writes lines to the systemd journal with the structured fields that charon-systemd gives them: LEVEL, GROUP, THREAD,
/// IKE_SA_UNIQUE_ID and IKE_SA_NAME beside MESSAGE and PRIORITY.
package final class JournalSink: LogSink {
    package let levels: LogLevels
    private let identifier: String

    package init(levels: LogLevels, identifier: String = "swand") {
        self.levels = levels
        self.identifier = identifier
    }

    package func write(_ line: LogLine, at time: WallTime) {
        for text in LogText.rows(line.text) {
            send(Self.fields(line, text: text, identifier: identifier))
        }
    }

    /// The fields of one journal entry, as `NAME=value`.
    static func fields(_ line: LogLine, text: Substring, identifier: String) -> [String] {
        var fields = [
            "MESSAGE=00[\(line.group.name)] \(text)",
            "PRIORITY=\(priority(line))",
            "SYSLOG_IDENTIFIER=\(identifier)",
            "LEVEL=\(line.level)",
            "GROUP=\(line.group.name)",
            "THREAD=0",
        ]
        if let id = line.uniqueID { fields.append("IKE_SA_UNIQUE_ID=\(id)") }
        if let name = line.ikeName { fields.append("IKE_SA_NAME=\(name)") }
        return fields
    }

    /// Audit lines are notices, ordinary ones informational, details debugging.
    private static func priority(_ line: LogLine) -> Int32 {
        switch line.level {
        case ...0: LOG_NOTICE
        case 1: LOG_INFO
        default: LOG_DEBUG
        }
    }

    private func send(_ fields: [String]) {
        let bytes = fields.map { Array($0.utf8) }
        let whole = bytes.flatMap { $0 }
        whole.withUnsafeBytes { memory in
            var offset = 0
            let vectors = bytes.map { field in
                defer { offset += field.count }
                return iovec(
                    iov_base: UnsafeMutableRawPointer(mutating: memory.baseAddress?.advanced(by: offset)),
                    iov_len: field.count)
            }
            _ = sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }

    /// Whether the standard error stream is the journal (sd-daemon(3), JOURNAL_STREAM), so that structured entries
    /// are wanted in place of text.
    package static var isStandardError: Bool {
        guard let text = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
        let parts = text.split(separator: ":")
        guard parts.count == 2, let device = UInt64(parts[0]), let inode = UInt64(parts[1]) else { return false }
        var status = stat()
        return fstat(2, &status) == 0 && UInt64(status.st_dev) == device && UInt64(status.st_ino) == inode
    }
}
