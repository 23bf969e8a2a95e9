import IPsecModel

/// Reads the sections of ipsec.conf and of what it includes.
///
///     config setup | conn <name> | ca <name>      at the beginning of a line
///         key=value                               indented
///         key="quoted, over\n                     quotes keep blanks, # and line ends; \n \r \t \b \f are escapes
///              several lines"
///     include conf.d/*.conf                       also indented: the lines are read as if they stood here
///     # comment                                   anywhere outside quotes
///
/// A line that cannot be read breaks the section it stands in, and no other.
struct IPsecConfParser {
    private let files: any ConfigurationFiles
    private(set) var sections: [IPsecConfSection] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// Index of the open section; `nil` before the first, and behind a heading that cannot be read.
    private var current: Int?
    /// A line outside of all sections was reported: those that follow it have the same reason.
    private var isLost = false
    private var includedFiles = 0

    init(files: any ConfigurationFiles) { self.files = files }

    mutating func read(text: String, file: String, depth: Int = 0) {
        var scanner = IPsecConfScanner(text: text, file: file)
        while !scanner.isAtEnd {
            let isIndented = scanner.skipBlanks()
            if scanner.isAtLineEnd {
                scanner.skipLine()
                continue
            }
            do throws(ConfigurationError) {
                try readLine(&scanner, isIndented: isIndented, depth: depth)
            } catch {
                fail(error)
            }
            scanner.skipLine()
        }
    }

    private mutating func readLine(
        _ scanner: inout IPsecConfScanner, isIndented: Bool, depth: Int
    ) throws(ConfigurationError) {
        let location = scanner.location
        let word = scanner.word()
        let hasBlanks = scanner.skipBlanks()
        if word == "include", hasBlanks, scanner.next != "=" {
            try include(pattern: try scanner.value(), at: location, depth: depth)
        } else if isIndented {
            try readEntry(&scanner, key: word, at: location)
        } else if word == "version", scanner.next != "=" {
            scanner.skipToLineEnd()
        } else {
            try openSection(&scanner, word: word, at: location)
        }
    }

    private mutating func openSection(
        _ scanner: inout IPsecConfScanner, word: String, at location: SourceLocation
    ) throws(ConfigurationError) {
        current = nil
        let wasLost = isLost
        isLost = true
        guard !wasLost || scanner.next != "=" else { return }
        guard scanner.next != "=" else {
            throw ConfigurationError(
                location: location, message: "'\(word)' stands at the beginning of a line, outside of any section",
                suggestion: "indent it")
        }
        guard let kind = IPsecConfSection.Kind(rawValue: word) else {
            let known = IPsecConfSection.Kind.allCases.map(\.rawValue) + ["include"]
            throw ConfigurationError(
                location: location, message: "'\(word)' begins no section",
                suggestion: closestName(to: word, among: known).map { "did you mean '\($0)'?" }
                    ?? "sections are 'config setup', 'conn <name>' and 'ca <name>'")
        }
        let nameLocation = scanner.location
        let name = try scanner.value()
        guard !name.isEmpty, kind != .setup || name == "setup" else {
            throw ConfigurationError(
                location: nameLocation,
                message: kind == .setup ? "'config \(name)' begins no section" : "the section has no name",
                suggestion: kind == .setup ? "write 'config setup'" : "write '\(word) <name>'")
        }
        guard !name.contains(" ") else {
            throw ConfigurationError(
                location: nameLocation, message: "'\(name)' is no name of a section", suggestion: "names have no blanks"
            )
        }
        open(kind, name, at: location)
    }

    /// Sections of the same kind and name are one.
    private mutating func open(_ kind: IPsecConfSection.Kind, _ name: String, at location: SourceLocation) {
        if let index = sections.firstIndex(where: { $0.kind == kind && $0.name == name }) {
            current = index
            let first = sections[index].location
            let message = "\(sections[index].title) stands here again: its lines are added to those of \(first)"
            diagnostics.append(
                Diagnostic(.warning, ConfigurationError(location: location, message: message), section: name))
        } else {
            sections.append(IPsecConfSection(kind: kind, name: name, location: location))
            current = sections.count - 1
        }
        isLost = false
    }

    private mutating func readEntry(
        _ scanner: inout IPsecConfScanner, key: String, at location: SourceLocation
    ) throws(ConfigurationError) {
        guard scanner.next == "=", !key.isEmpty else {
            throw ConfigurationError(
                location: location, message: "'\(key)' is not followed by '='", suggestion: "write key=value")
        }
        scanner.advance()
        scanner.skipBlanks()
        let valueLocation = scanner.location
        let value = try scanner.value()
        guard let current else {
            guard !isLost else { return }
            isLost = true
            throw ConfigurationError(
                location: location, message: "'\(key)' stands in no section", suggestion: "put it below a 'conn <name>'"
            )
        }
        warnOfRepetition(key, in: sections[current], at: location)
        sections[current].entries.append(
            IPsecConfEntry(key: key, value: value, location: location, valueLocation: valueLocation))
    }

    private mutating func warnOfRepetition(
        _ key: String, in section: IPsecConfSection, at location: SourceLocation
    ) {
        guard key != "also", let first = section.entries.last(where: { $0.key == key }) else { return }
        diagnostics.append(
            Diagnostic(
                .warning,
                ConfigurationError(
                    location: location, message: "'\(key)' stands twice in \(section.title), and the last one counts",
                    suggestion: "remove that of \(first.location)"), section: section.title))
    }

    private mutating func include(
        pattern: String, at location: SourceLocation, depth: Int
    ) throws(ConfigurationError) {
        guard depth < IPsecDirectories.maximumIncludeDepth else {
            throw ConfigurationError(
                location: location,
                message: "includes are nested more than \(IPsecDirectories.maximumIncludeDepth) deep",
                suggestion: "a file must not include itself")
        }
        guard !pattern.isEmpty else {
            throw ConfigurationError(location: location, message: "'include' names no file")
        }
        let path = IPsecDirectories.path(pattern, in: IPsecDirectories.folder(of: location.file))
        let paths = files.glob(path)
        if paths.isEmpty {
            diagnostics.append(
                Diagnostic(.warning, ConfigurationError(location: location, message: "no file matches '\(path)'")))
        }
        for path in paths {
            includedFiles += 1
            guard includedFiles <= IPsecDirectories.maximumIncludedFiles else {
                throw ConfigurationError(location: location, message: "too many files are included")
            }
            do throws(FileFailure) {
                let text = String(decoding: try files.read(path), as: UTF8.self)
                read(text: text, file: path, depth: depth + 1)
            } catch {
                fail(
                    ConfigurationError(location: location, message: "\(path) cannot be read: \(error.reason)"),
                    breaks: false)
            }
        }
    }

    /// Reports a fault; the open section is not used any more, since nobody knows what it should have said.
    private mutating func fail(_ error: ConfigurationError, breaks: Bool = true) {
        if let current, breaks { sections[current].isBroken = true }
        diagnostics.append(Diagnostic(.error, error, section: current.map { sections[$0].title } ?? ""))
    }
}

extension IPsecConfScanner {
    /// Up to the end of the line, and not over it.
    mutating func skipToLineEnd() {
        while let scalar = next, scalar != "\n" { advance() }
    }
}
