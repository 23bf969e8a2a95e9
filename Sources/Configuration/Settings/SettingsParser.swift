/// Reads the file format of `swanctl.conf` and `strongswan.conf`.
///
///     # comment
///     key = value                  a value ends at the end of the line, at # or at }
///     key = "a # b\n" and more     quotes keep such characters; parts are joined by one space
///     key =                        clears a value that would be inherited
///     name { … }                   a section; repeated, it is continued
///     name : base, other.sub { … } inherits from sections named by their path from the top
///     include conf.d/*.conf        reads other files here, also inside a section
///
/// Inside quotes `\n \r \t \b \f` are control characters, a backslash before the end of the line joins the lines and
/// before anything else stands for that character. What a section says itself wins over what it inherits; of several
/// references the first one wins. Names do not contain white space or any of `. , : { } = " #`.
package enum SettingsParser {
    /// A file that an include pattern named.
    package typealias IncludedFile = (path: String, text: String)

    /// Finds the files of an include pattern; a relative pattern starts at the folder of `fromFile`. No file is an
    /// empty array, not an error.
    package typealias IncludeLoader =
        (_ pattern: String, _ fromFile: String) throws(SettingsIncludeFailure) -> [IncludedFile]

    /// Deepest nesting of sections, also through references.
    static let maximumDepth = 32
    /// Deepest nesting of includes.
    static let maximumIncludeDepth = 10
    /// Most sections after references are resolved, so that a small file cannot become an endless one.
    static let maximumSections = 250_000

    /// Reads a file with all it includes.
    ///
    /// - Parameters:
    ///   - file: the name of the text in locations, and what relative include patterns start from.
    ///   - include: finds included files.
    ///   - warn: told of what is most likely a mistake: an include without files, a reference to nothing.
    /// - Throws: ``ConfigurationError`` at the first fault; nothing of the file counts then.
    package static func parse(
        text: String, file: String, include: IncludeLoader,
        warn: (ConfigurationError) -> Void = { _ in }
    ) throws(ConfigurationError) -> SettingsSection {
        try withoutActuallyEscaping(include) { (include) throws(ConfigurationError) -> SettingsSection in
            var reader = SettingsTreeReader(include: include)
            var root = RawSettingsSection(
                id: 0, name: "", location: SourceLocation(file: file, line: 1, column: 1))
            try reader.read(text: text, file: file, into: &root)
            reader.warnings.forEach(warn)
            var resolver = SettingsResolver(root: root)
            let resolved = try resolver.resolve()
            resolver.warnings.forEach(warn)
            return resolved
        }
    }
}

/// Why an included file could not be read.
package struct SettingsIncludeFailure: Error, Hashable, Sendable {
    package var message: String

    package init(_ message: String) {
        self.message = message
    }
}
