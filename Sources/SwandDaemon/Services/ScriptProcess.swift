private import CLinux
private import Glibc
import Transport

/// A shell command that runs beside the loop, with its output handed over line by line.
final class ScriptProcess {
    enum Exit: Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// A script that prints a line without end does not fill our memory.
    private static let longestLine = 4096

    private let loop: EventLoop
    private let process: pid_t
    private let output: Int32
    private let line: (String) -> Void
    private var partial: [UInt8] = []
    private var isReading = true

    /// Starts `/bin/sh -c command`, without input, with nothing of our environment and with the default signals.
    init(
        command: String, environment: [String], loop: EventLoop, line: @escaping (String) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.line = line
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .last("create pipe") }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        output = ends[0]
        do throws(SystemError) {
            process = try Self.spawn(command, environment, output: ends[1])
            try loop.register(output, for: .readable) { [unowned self] _ in self.drainOutput() }
        } catch {
            close(ends[0])
            throw error
        }
    }

    deinit {
        if isReading { loop.unregister(output) }
        close(output)
    }

    private static func spawn(_ command: String, _ environment: [String], output: Int32) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let arguments = CStrings(["/bin/sh", "-c", command])
        let variables = CStrings(environment)
        var process = pid_t()
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments.pointers, variables.pointers)
        guard code == 0 else { throw SystemError("start /bin/sh", code: code) }
        return process
    }

    /// How the script ended; `nil` while it runs.
    func reap() -> Exit? {
        var status: Int32 = 0
        guard waitpid(process, &status, WNOHANG) == process else { return nil }
        let signal = status & 0x7f
        return signal == 0 ? .code(status >> 8 & 0xff) : .signal(signal)
    }

    /// Takes what the script has printed. A background process of the script may keep the other end open; what it
    /// prints after the script's end is not read any more.
    func drainOutput() {
        while isReading {
            let count = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { room in
                let count = read(output, room.baseAddress, room.count)
                if count > 0 { take(UnsafeRawBufferPointer(rebasing: room[..<count])) }
                return count
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return }
            if count == 0 {
                isReading = false
                loop.unregister(output)
                flushLine()
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                flushLine()
            } else if partial.count < Self.longestLine {
                partial.append(byte)
            }
        }
    }

    private func flushLine() {
        guard !partial.isEmpty else { return }
        line(String(decoding: partial, as: UTF8.self))
        partial.removeAll(keepingCapacity: true)
    }
}

/// A null-terminated array of C strings that lives as long as this object.
private final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }
    deinit { pointers.forEach { free($0) } }
}
