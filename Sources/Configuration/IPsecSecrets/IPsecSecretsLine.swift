/// The words of one line of ipsec.secrets, as bytes, so that no secret becomes a string.
struct IPsecSecretsLine {
    struct Word {
        var bytes: ArraySlice<UInt8>
        var isQuoted: Bool
        /// From 1.
        var column: Int

        var text: String { String(decoding: bytes, as: UTF8.self) }
        func isPlain(_ word: StaticString) -> Bool { !isQuoted && text == "\(word)" }
    }

    struct UnterminatedQuote: Error {
        let column: Int
    }

    /// Words end at blanks; a word in `"` or `'` ends at the same mark and has no escapes. `#` begins a comment where a
    /// word could begin.
    static func words(_ line: ArraySlice<UInt8>) throws(UnterminatedQuote) -> [Word] {
        var words: [Word] = []
        var index = line.startIndex
        while index < line.endIndex {
            let byte = line[index]
            if isBlank(byte) {
                index += 1
                continue
            }
            if byte == UInt8(ascii: "#") { break }
            let column = index - line.startIndex + 1
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                guard let end = line[(index + 1)...].firstIndex(of: byte) else {
                    throw UnterminatedQuote(column: column)
                }
                words.append(Word(bytes: line[(index + 1)..<end], isQuoted: true, column: column))
                index = end + 1
            } else {
                let end = line[index...].firstIndex(where: isBlank) ?? line.endIndex
                words.append(Word(bytes: line[index..<end], isQuoted: false, column: column))
                index = end
            }
        }
        return words
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
}
