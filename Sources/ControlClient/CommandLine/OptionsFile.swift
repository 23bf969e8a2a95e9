/// Replaces `--options <file>` by the words of the file: white space separates, quotes keep it, `#` starts a comment.
enum OptionsFile {
    /// How many files may be named in files.
    private static let maximumDepth = 10

    static func expand(_ arguments: [String], depth: Int = 0) throws(ControlError) -> [String] {
        var expanded: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument == "--options" || argument == "-+" else {
                expanded.append(argument)
                continue
            }
            guard let path = rest.popFirst() else { throw .usage("option '--options' needs a file") }
            guard depth < maximumDepth else { throw .usage("'\(path)' includes itself") }
            expanded += try expand(words(of: FileSystem.text(path)), depth: depth + 1)
        }
        return expanded
    }

    static func words(of text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var inComment = false
        for character in text {
            if inComment {
                inComment = !character.isNewline
            } else if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let word { words.append(word) }
                word = nil
            } else if character == "#", word == nil {
                inComment = true
            } else {
                word = (word ?? "") + String(character)
            }
        }
        return words + (word.map { [$0] } ?? [])
    }
}
