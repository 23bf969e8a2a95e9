extension SettingsParser {
    /// Reads a settings file, and what it includes, through ``ConfigurationFiles``.
    /// - Throws: the first fault, or that the file cannot be read (line 1).
    package static func parse(
        path: String, files: any ConfigurationFiles, warn: (ConfigurationError) -> Void = { _ in }
    ) throws(ConfigurationError) -> SettingsSection {
        let text: String
        do throws(FileFailure) {
            text = String(decoding: try files.read(path), as: UTF8.self)
        } catch {
            throw ConfigurationError(
                location: SourceLocation(file: path, line: 1, column: 1),
                message: "the file cannot be read: \(error.reason)")
        }
        var count = 0
        return try parse(
            text: text, file: path,
            include: { pattern, fromFile throws(SettingsIncludeFailure) in
                let pattern = IPsecDirectories.path(pattern, in: IPsecDirectories.folder(of: fromFile))
                var found: [IncludedFile] = []
                for path in files.glob(pattern) {
                    count += 1
                    guard count <= IPsecDirectories.maximumIncludedFiles else {
                        throw SettingsIncludeFailure("too many files are included")
                    }
                    do throws(FileFailure) {
                        found.append((path, String(decoding: try files.read(path), as: UTF8.self)))
                    } catch {
                        throw SettingsIncludeFailure("\(path) cannot be read: \(error.reason)")
                    }
                }
                return found
            }, warn: warn)
    }
}
