/// Reads secrets as they are written in files: `0x` and hex digits, `0s` and base 64, or the text itself.
enum SecretText {
    /// Nil when what follows the prefix is neither.
    static func decode(_ text: String) -> [UInt8]? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") { return hex(text.dropFirst(2)) }
        if text.hasPrefix("0s") || text.hasPrefix("0S") { return Base64.decode(text.dropFirst(2)) }
        return Array(text.utf8)
    }

    /// The encoding that the prefix announces, for messages.
    static func encoding(_ text: String) -> String {
        text.dropFirst().first?.lowercased() == "x" ? "hexadecimal" : "base 64"
    }

    /// Digits of an odd number have a zero before them; colons between bytes are skipped.
    private static func hex(_ text: Substring) -> [UInt8]? {
        var digits: [UInt8] = []
        for character in text where character != ":" {
            guard let digit = character.hexDigitValue else { return nil }
            digits.append(UInt8(digit))
        }
        if digits.count % 2 == 1 { digits.insert(0, at: 0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
