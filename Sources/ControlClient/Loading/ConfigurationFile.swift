import Configuration

/// Reads `swanctl.conf` with its includes.
enum ConfigurationFile {
    /// - Throws: ``ControlError/file(path:errno:)``, ``ControlError/configuration(_:)``.
    static func read(_ path: String, output: any CommandOutput) throws(ControlError) -> SettingsSection {
        let text = try FileSystem.text(path)
        do {
            return try SettingsParser.parse(text: text, file: path, include: included) { warning in
                output.complain("warning: \(warning)")
            }
        } catch {
            throw .configuration(error)
        }
    }

    /// The file that the options name, or the one in the usual folder.
    static func read(for context: CommandContext) throws(ControlError) -> SettingsSection {
        try read(context.options["file"] ?? context.folders.configuration, output: context.output)
    }

    private static func included(
        _ pattern: String, _ fromFile: String
    ) throws(SettingsIncludeFailure) -> [SettingsParser.IncludedFile] {
        let absolute = FileSystem.resolve(pattern, in: FileSystem.folder(of: fromFile))
        var files: [SettingsParser.IncludedFile] = []
        for path in FileSystem.glob(absolute) {
            do {
                files.append((path, try FileSystem.text(path)))
            } catch {
                throw SettingsIncludeFailure("\(error)")
            }
        }
        return files
    }
}
