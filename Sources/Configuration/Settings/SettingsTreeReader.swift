/// Builds the tree of sections from a file and the files it includes.
struct SettingsTreeReader {
    private let include: SettingsParser.IncludeLoader
    private var lastID = 0
    private var includedFrom: [String] = []
    private(set) var warnings: [ConfigurationError] = []

    init(include: @escaping SettingsParser.IncludeLoader) {
        self.include = include
    }

    /// Reads a whole file into a section: the root, or the section where an include stands.
    mutating func read(
        text: String, file: String, into section: inout RawSettingsSection, depth: Int = 0
    ) throws(ConfigurationError) {
        var scanner = SettingsScanner(text: text, file: file)
        includedFrom.append(file)
        defer { includedFrom.removeLast() }
        try readContent(from: &scanner, into: &section, depth: depth)
        guard scanner.next == nil else {
            throw ConfigurationError(location: scanner.location, message: "this } closes no section of this file")
        }
    }

    /// Reads statements up to a closing brace or the end of the file, and leaves both to the caller.
    private mutating func readContent(
        from scanner: inout SettingsScanner, into section: inout RawSettingsSection, depth: Int
    ) throws(ConfigurationError) {
        while true {
            scanner.skipBlanks(lines: true)
            guard let byte = scanner.next, byte != UInt8(ascii: "}") else { return }
            let location = scanner.location
            let name = scanner.run(while: SettingsScanner.isName)
            guard !name.isEmpty else { throw unexpected(byte, at: location) }
            if name == "include", try readInclude(from: &scanner, into: &section, depth: depth, at: location) {
                continue
            }
            try readStatement(name, from: &scanner, into: &section, depth: depth, at: location)
        }
    }

    private mutating func readStatement(
        _ name: String, from scanner: inout SettingsScanner, into section: inout RawSettingsSection, depth: Int,
        at location: SourceLocation
    ) throws(ConfigurationError) {
        scanner.skipBlanks(lines: true)
        switch scanner.next {
        case UInt8(ascii: "="):
            scanner.skip()
            section.set(.init(key: name, text: try readValue(from: &scanner), location: location))
        case UInt8(ascii: "{"):
            try readSection(name, references: [], from: &scanner, into: &section, depth: depth, at: location)
        case UInt8(ascii: ":"):
            scanner.skip()
            let references = try readReferences(from: &scanner)
            try readSection(name, references: references, from: &scanner, into: &section, depth: depth, at: location)
        case UInt8(ascii: "."):
            throw ConfigurationError(
                location: scanner.location, message: "a name cannot contain a point",
                suggestion: "nest sections instead of writing \(name).…, or use another character")
        default:
            throw ConfigurationError(
                location: location, message: "\(name) is followed by neither = nor {",
                suggestion: "write \(name) = value or \(name) { … }; quote values that span lines")
        }
    }

    /// The scanner stands on the opening brace.
    private mutating func readSection(
        _ name: String, references: [RawSettingsSection.Reference], from scanner: inout SettingsScanner,
        into parent: inout RawSettingsSection, depth: Int, at location: SourceLocation
    ) throws(ConfigurationError) {
        guard depth < SettingsParser.maximumDepth else {
            throw ConfigurationError(
                location: location, message: "sections are nested deeper than \(SettingsParser.maximumDepth)")
        }
        scanner.skip()
        lastID += 1
        let id = lastID
        let position = parent.position(ofSection: name) {
            RawSettingsSection(id: id, name: name, location: location)
        }
        parent.sections[position].references += references
        try readContent(from: &scanner, into: &parent.sections[position], depth: depth + 1)
        guard scanner.next != nil else {
            throw ConfigurationError(
                location: location, message: "section \(name) that starts here is not closed", suggestion: "add a }")
        }
        scanner.skip()
    }

    private func readReferences(
        from scanner: inout SettingsScanner
    ) throws(ConfigurationError) -> [RawSettingsSection.Reference] {
        var references: [RawSettingsSection.Reference] = []
        while true {
            scanner.skipBlanks(lines: true)
            let location = scanner.location
            let path = scanner.run(while: SettingsScanner.isReference)
            guard !path.isEmpty else {
                throw ConfigurationError(location: location, message: "the name of a section is expected here")
            }
            references.append(.init(path: path, location: location))
            scanner.skipBlanks(lines: true)
            switch scanner.next {
            case UInt8(ascii: ","): scanner.skip()
            case UInt8(ascii: "{"): return references
            default:
                throw ConfigurationError(
                    location: scanner.location, message: "references are followed by { and separated by commas")
            }
        }
    }

    /// Nil for an empty value, which clears; quoted emptiness is a value.
    private func readValue(from scanner: inout SettingsScanner) throws(ConfigurationError) -> String? {
        var parts: [String] = []
        while true {
            scanner.skipBlanks()
            switch scanner.next {
            case nil, UInt8(ascii: "\n"), UInt8(ascii: "#"), UInt8(ascii: "}"):
                return parts.isEmpty ? nil : parts.joined(separator: " ")
            case UInt8(ascii: "\""): parts.append(try scanner.quoted())
            default: parts.append(scanner.run(while: SettingsScanner.isValue))
            }
        }
    }

    private func unexpected(_ byte: UInt8, at location: SourceLocation) -> ConfigurationError {
        let character = String(decoding: [byte], as: UTF8.self)
        return ConfigurationError(
            location: location, message: "unexpected \(character) where a name is expected",
            suggestion: byte == UInt8(ascii: "\"") ? "names are not quoted" : nil)
    }
}

extension SettingsTreeReader {
    /// Reads an include statement; false when `include` is an ordinary name here.
    private mutating func readInclude(
        from scanner: inout SettingsScanner, into section: inout RawSettingsSection, depth: Int,
        at location: SourceLocation
    ) throws(ConfigurationError) -> Bool {
        scanner.skipBlanks()
        let pattern: String
        switch scanner.next {
        case nil, UInt8(ascii: "\n"), UInt8(ascii: "="), UInt8(ascii: "{"), UInt8(ascii: ":"): return false
        case UInt8(ascii: "\""): pattern = try scanner.quoted()
        default: pattern = scanner.run(while: SettingsScanner.isValue)
        }
        guard !pattern.isEmpty else {
            throw ConfigurationError(location: location, message: "include names no file")
        }
        guard includedFrom.count <= SettingsParser.maximumIncludeDepth else {
            throw ConfigurationError(
                location: location,
                message: "includes are nested deeper than \(SettingsParser.maximumIncludeDepth)",
                suggestion: "see whether \(location.file) includes itself")
        }
        try include(pattern, at: location, into: &section, depth: depth)
        return true
    }

    private mutating func include(
        _ pattern: String, at location: SourceLocation, into section: inout RawSettingsSection, depth: Int
    ) throws(ConfigurationError) {
        let files: [SettingsParser.IncludedFile]
        do {
            files = try include(pattern, location.file)
        } catch {
            throw ConfigurationError(location: location, message: "cannot include \(pattern): \(error.message)")
        }
        if files.isEmpty {
            warnings.append(ConfigurationError(location: location, message: "no file matches include \(pattern)"))
        }
        for file in files {
            guard !includedFrom.contains(file.path) else {
                throw ConfigurationError(location: location, message: "\(file.path) includes itself")
            }
            try read(text: file.text, file: file.path, into: &section, depth: depth)
        }
    }
}
