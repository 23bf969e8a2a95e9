/// Text on its way to a log that people read in a terminal.
enum LogText {
    /// The lines of a text, with every control character but the tab replaced: what peers and scripts say must neither
    /// move a cursor nor look like a line of our own.
    static func rows(_ text: String) -> [Substring] {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        if isPlain { return [text[...]] }
        return cleaned(text).split(separator: "\n", omittingEmptySubsequences: false)
    }

    private static func cleaned(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            result.append(isControl ? "?" : scalar)
        }
        return String(result)
    }
}
