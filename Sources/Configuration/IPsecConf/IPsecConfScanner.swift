/// Walks over the characters of ipsec.conf and knows where it is.
struct IPsecConfScanner {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var column = 1
    let file: String

    init(text: String, file: String) {
        scalars = Array(text.unicodeScalars)
        self.file = file
    }

    var isAtEnd: Bool { index >= scalars.count }
    var location: SourceLocation { SourceLocation(file: file, line: line, column: column) }
    var isAtLineStart: Bool { column == 1 }

    var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    mutating func advance() {
        guard let scalar = next else { return }
        index += 1
        if scalar == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
    }

    static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\r" }

    /// Steps over blanks and tabs; whether there were any.
    @discardableResult
    mutating func skipBlanks() -> Bool {
        let start = index
        while let scalar = next, Self.isBlank(scalar) { advance() }
        return index > start
    }

    /// Whether nothing but a comment is left on the line.
    var isAtLineEnd: Bool { next == nil || next == "\n" || next == "#" }

    /// Steps behind the end of the line.
    mutating func skipLine() {
        while let scalar = next {
            advance()
            if scalar == "\n" { return }
        }
    }

    /// A word up to a blank, `=`, a quote, a comment or the end of the line.
    mutating func word() -> String {
        var word = String.UnicodeScalarView()
        while let scalar = next, !Self.isBlank(scalar), scalar != "\n", scalar != "=", scalar != "\"", scalar != "#" {
            word.append(scalar)
            advance()
        }
        return String(word)
    }

    /// A value up to the end of the line or a comment: words and quoted parts, joined by single blanks.
    ///
    /// A `#` begins a comment wherever it stands, except right behind an `@` that begins a word (`@#1f2e`, a key ID).
    mutating func value() throws(ConfigurationError) -> String {
        var parts: [String] = []
        skipBlanks()
        while !isAtLineEnd {
            parts.append(next == "\"" ? try quoted() : plain())
            skipBlanks()
        }
        return parts.joined(separator: " ")
    }

    private mutating func plain() -> String {
        var part = String.UnicodeScalarView()
        while let scalar = next, !Self.isBlank(scalar), scalar != "\n", scalar != "\"" {
            if scalar == "#", !(part.count == 1 && part.first == "@") { break }
            part.append(scalar)
            advance()
        }
        return String(part)
    }

    private mutating func quoted() throws(ConfigurationError) -> String {
        let start = self
        var part = String.UnicodeScalarView()
        advance()
        while let scalar = next {
            advance()
            switch scalar {
            case "\"": return String(part)
            case "\\": if let escaped = escape() { part.append(escaped) }
            default: part.append(scalar)
            }
            if scalar == "\n", beginsSection { break }
        }
        // Reading goes on behind the line with the opening mark, so that the sections below are not lost with it.
        self = start
        throw ConfigurationError(
            location: start.location, message: "the quotation mark is never closed",
            suggestion: "add a \" where the value ends")
    }

    /// Whether a section heading stands here: then a quotation mark further up was forgotten.
    private var beginsSection: Bool {
        ["conn ", "ca ", "config setup"].contains { heading in
            scalars[index...].starts(with: heading.unicodeScalars)
        }
    }

    /// What a backslash and the next character stand for; `nil` where they join two lines.
    private mutating func escape() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        advance()
        switch scalar {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "\n": return nil
        case "\r" where next == "\n":
            advance()
            return nil
        default: return scalar
        }
    }
}
