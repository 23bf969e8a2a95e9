import Configuration

/// A file system of texts.
final class MemoryFiles: ConfigurationFiles {
    var texts: [String: String]

    init(_ texts: [String: String] = [:]) { self.texts = texts }

    func read(_ path: String) throws(FileFailure) -> [UInt8] {
        guard let text = texts[path] else { throw FileFailure("No such file or directory") }
        return Array(text.utf8)
    }

    /// Patterns with one `*` at their end.
    func glob(_ pattern: String) -> [String] {
        guard pattern.hasSuffix("*") else { return texts[pattern] == nil ? [] : [pattern] }
        return texts.keys.filter { $0.hasPrefix(pattern.dropLast()) }.sorted()
    }
}
