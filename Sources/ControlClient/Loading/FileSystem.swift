internal import Glibc

/// Reads files and folders.
enum FileSystem {
    /// No configuration, key or certificate is longer.
    private static let maximumBytes = 16 * 1024 * 1024

    /// The bytes of a file.
    ///
    /// - Throws: ``ControlError/file(path:errno:)``.
    static func bytes(_ path: String) throws(ControlError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while true {
            var reason: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, filled in
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                reason = count < 0 ? errno : 0
                filled = max(count, 0)
            }
            if reason == EINTR { continue }
            guard reason == 0 else { throw .file(path: path, errno: reason) }
            guard !chunk.isEmpty else { return bytes }
            bytes += chunk
            guard bytes.count <= maximumBytes else { throw .file(path: path, errno: EFBIG) }
        }
    }

    /// A file as text; bytes that are not UTF-8 are replaced.
    static func text(_ path: String) throws(ControlError) -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// The regular files of a folder, sorted by name, without hidden ones; empty when there is no such folder.
    static func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), isRegular(folder + "/" + name) { names.append(name) }
        }
        return names.sorted().map { folder + "/" + $0 }
    }

    /// The files that a pattern with `*`, `?` and `[…]` names, sorted.
    static func glob(_ pattern: String) -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard Glibc.glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
    }

    /// An environment variable that is set and not empty.
    static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// A path against a folder, unless it is absolute.
    static func resolve(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }

    /// The folder of a file.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
