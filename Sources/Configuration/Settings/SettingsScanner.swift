/// Walks the text of one settings file and knows its line and column.
struct SettingsScanner {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1
    private var column = 1

    init(text: String, file: String) {
        bytes = Array(text.utf8)
        self.file = file
    }

    var location: SourceLocation { SourceLocation(file: file, line: line, column: column) }

    /// The byte that comes next; nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skip() {
        guard let byte = next else { return }
        position += 1
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if byte & 0xc0 != 0x80 {
            column += 1
        }
    }

    /// Skips spaces and tabs; with `lines` also ends of lines and comments.
    mutating func skipBlanks(lines: Bool = false) {
        while let byte = next {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): skip()
            case UInt8(ascii: "\n") where lines: skip()
            case UInt8(ascii: "#") where lines: skipComment()
            default: return
            }
        }
    }

    mutating func skipComment() {
        while let byte = next, byte != UInt8(ascii: "\n") { skip() }
    }

    /// A run of bytes that `belongs`; empty when the next one does not.
    mutating func run(while belongs: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = next, belongs(byte) { skip() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A quoted string; the scanner stands on the opening quote.
    mutating func quoted() throws(ConfigurationError) -> String {
        let start = location
        skip()
        var text: [UInt8] = []
        while let byte = next {
            skip()
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): escape(into: &text)
            default: text.append(byte)
            }
        }
        throw ConfigurationError(
            location: start, message: "the quoted string that starts here does not end", suggestion: "add a closing \"")
    }

    private mutating func escape(into text: inout [UInt8]) {
        guard let byte = next else { return }
        skip()
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "\n"): break
        case UInt8(ascii: "\r") where next == UInt8(ascii: "\n"): skip()
        default: text.append(byte)
        }
    }
}

extension SettingsScanner {
    /// Bytes of names: anything but white space and the characters that structure the file.
    static func isName(_ byte: UInt8) -> Bool {
        isReference(byte) && byte != UInt8(ascii: ".")
    }

    /// Bytes of references: names joined by points.
    static func isReference(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x20, UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "="), UInt8(ascii: "\""), UInt8(ascii: "#"):
            false
        default: true
        }
    }

    /// Bytes of unquoted parts of values.
    static func isValue(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"), UInt8(ascii: "#"),
            UInt8(ascii: "}"), UInt8(ascii: "\""):
            false
        default: true
        }
    }
}
