internal import Glibc

/// Starts other programs.
enum ChildProcess {
    /// POSIX_SPAWN_SETSID, which Glibc's module does not show.
    private static let newSession: Int16 = 0x80

    /// The path of this program.
    static var ownPath: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return "" }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// - Parameters:
    ///   - words: the program, looked up on the search path, and its arguments.
    ///   - detached: in a session of its own, without our terminal.
    /// - Returns: the process.
    static func spawn(_ words: [String], detached: Bool) throws(ControlError) -> pid_t {
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_init(&actions)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        if detached {
            posix_spawnattr_setflags(&attributes, newSession)
            for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
                posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
            }
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var process: pid_t = 0
        let reason = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
        guard reason == 0 else { throw .unusable("starting '\(words[0])' failed: \(systemMessage(reason))") }
        return process
    }
}
