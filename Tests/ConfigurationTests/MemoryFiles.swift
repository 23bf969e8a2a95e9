import Configuration

/// Files that exist only in a test. Patterns match with `*` in the last component.
struct MemoryFiles: ConfigurationFiles {
    var contents: [String: String] = [:]
    var exposed: Set<String> = []

    func isExposed(_ path: String) -> Bool { exposed.contains(path) }

    func read(_ path: String) throws(FileFailure) -> [UInt8] {
        guard let text = contents[path] else { throw FileFailure("No such file or directory") }
        return Array(text.utf8)
    }

    func glob(_ pattern: String) -> [String] {
        guard let star = pattern.firstIndex(of: "*") else { return contents[pattern] == nil ? [] : [pattern] }
        let head = pattern[..<star]
        let tail = pattern[pattern.index(after: star)...]
        return contents.keys.filter { path in
            path.count >= head.count + tail.count && path.hasPrefix(head) && path.hasSuffix(tail)
        }.sorted()
    }
}

/// A PEM block whose content is no certificate but decodes as one.
let somePEM = """
    -----BEGIN CERTIFICATE-----
    MAMCAQE=
    -----END CERTIFICATE-----
    """
let someDER: [UInt8] = [0x30, 3, 2, 1, 1]
