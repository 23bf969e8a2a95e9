import VICI

extension VICIMessage {
    /// The value at a key for a terminal, or nil. Control characters are replaced: names and identities come from
    /// peers and must not steer the administrator's terminal.
    func shown(_ path: String...) -> String? {
        guard case .value(_, let bytes) = element(at: path[...]) else { return nil }
        return DisplayText.clean(bytes)
    }

    /// The items of the list at a key for a terminal; empty when there is none.
    func shownList(_ key: String) -> [String] {
        (list(key) ?? []).map(DisplayText.clean)
    }
}

enum DisplayText {
    static func clean(_ bytes: [UInt8]) -> String {
        // Some values, security labels among them, carry the zero that ends a C string.
        clean(String(decoding: bytes.last == 0 ? bytes.dropLast() : bytes[...], as: UTF8.self))
    }

    static func clean(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
    }

    /// Pads at the left, as a column of numbers is.
    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// Pads at the right, as a column of names is.
    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// `52 seconds`, `3 minutes`, `2 hours`, `4 days`: the largest unit of which there are more than two.
    static func duration(_ seconds: UInt64) -> String {
        for (unit, name) in [(86_400, "days"), (3_600, "hours"), (60, "minutes")] as [(UInt64, String)]
        where seconds > 2 * unit {
            return "\(seconds / unit) \(name)"
        }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
    }
}
