private import Glibc

/// A file that says what this process has put into the kernel, so that the next run can take away what a crashed one
/// left behind.
///
/// Nothing in the kernel itself tells our entries from those of another IKE daemon or of `ip xfrm`: an SA has no field
/// for its owner, and flushing everything would end other people's tunnels. So each addition and removal appends a
/// line (`+` or `-`, and ``KernelEntry/line``); lines that were added and not removed are left over. The file lies in
/// /run and goes with the kernel whose entries it names. It holds no keys.
package final class KernelJournal {
    private let path: String?
    private var descriptor: Int32 = -1
    private var liveCount = 0
    private var lines = 0
    /// Another process that is alive writes this file.
    private var isTaken = false
    private var text: [UInt8] = []
    /// Everything that is in the kernel now; asked for when the file is written anew. The tables that know it anyway
    /// answer, so that the journal costs no memory for each SA.
    package var liveEntries: () -> [KernelEntry] = { [] }

    /// - Parameter path: `nil` for a journal that is kept nowhere.
    package init(path: String?) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What an earlier run left behind, in the order in which it was added; nothing if that run is still alive.
    package func leftovers() -> [KernelEntry] {
        guard let path else { return [] }
        isTaken = Self.isLocked(path)
        guard !isTaken, let text = Self.read(path) else { return [] }
        var order: [KernelEntry: Int] = [:]
        for (number, line) in text.split(separator: "\n").enumerated() {
            guard let entry = KernelEntry(line: line.dropFirst()) else { continue }
            if line.hasPrefix("+") { order[entry] = number } else { order[entry] = nil }
        }
        return order.sorted { $0.value < $1.value }.map(\.key)
    }

    /// Starts an empty file.
    ///
    /// - Returns: The `errno` for which there is no journal; 0 if there is one.
    package func open() -> Int32 {
        guard let path else { return 0 }
        guard !isTaken else { return EBUSY }
        // The directory is usually made by the service manager.
        if let end = path.lastIndex(of: "/"), end > path.startIndex { mkdir(String(path[..<end]), 0o755) }
        return rewrite(path)
    }

    package func add(_ entry: KernelEntry) {
        liveCount += 1
        append("+", entry)
    }

    package func remove(_ entry: KernelEntry) {
        liveCount -= 1
        append("-", entry)
    }

    /// Removes the file: nothing is left over.
    package func finish() {
        guard let path, liveCount <= 0, descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
        descriptor = -1
    }

    private func append(_ sign: Unicode.Scalar, _ entry: KernelEntry) {
        guard descriptor >= 0, let path else { return }
        text.removeAll(keepingCapacity: true)
        Self.append(sign, entry, to: &text)
        Self.write(text, to: descriptor)
        lines += 1
        if lines > 4096, lines > 4 * liveCount { _ = rewrite(path) }
    }

    /// Writes what is live into a new file, which takes the old one's place when it is complete.
    private func rewrite(_ path: String) -> Int32 {
        let temporary = path + ".new"
        let new = Glibc.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard new >= 0 else { return errno }
        var text: [UInt8] = []
        let entries = liveEntries()
        for entry in entries { Self.append("+", entry, to: &text) }
        Self.write(text, to: new)
        // Held as long as the process lives.
        _ = flock(new, LOCK_EX | LOCK_NB)
        guard rename(temporary, path) == 0 else {
            let code = errno
            close(new)
            return code
        }
        if descriptor >= 0 { close(descriptor) }
        descriptor = new
        lines = entries.count
        liveCount = entries.count
        return 0
    }

    private static func append(_ sign: Unicode.Scalar, _ entry: KernelEntry, to text: inout [UInt8]) {
        text.append(UInt8(ascii: sign))
        entry.append(to: &text)
        text.append(UInt8(ascii: "\n"))
    }

    private static func write(_ text: [UInt8], to descriptor: Int32) {
        text.withUnsafeBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    private static func isLocked(_ path: String) -> Bool {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private static func read(_ path: String) -> String? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes.append(contentsOf: part.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
