package import Configuration
private import Glibc
private import Transport

/// The file system of the machine.
package struct HostFiles: ConfigurationFiles {
    /// Larger files are no configuration.
    private static let mostBytes = 64 * 1024 * 1024

    package init() {}

    package func read(_ path: String) throws(FileFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(SystemError.last("open").reason) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileFailure(SystemError.last("stat").reason) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileFailure("not a regular file") }
        guard status.st_size <= Self.mostBytes else { throw FileFailure("too large") }
        return try Self.readAll(descriptor)
    }

    private static func readAll(_ descriptor: Int32) throws(FileFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 64 * 1024)
        // Secrets are read this way too.
        defer {
            room.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
        }
        while bytes.count <= mostBytes {
            let count = Glibc.read(descriptor, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileFailure(SystemError.last("read").reason) }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: room[..<count])
        }
        throw FileFailure("too large")
    }

    package func glob(_ pattern: String) -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard Glibc.glob(pattern, GLOB_ERR, nil, &result) == 0, let paths = result.gl_pathv else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
    }

    package func isExposed(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & (S_IROTH | S_IWOTH) != 0
    }

    package func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
