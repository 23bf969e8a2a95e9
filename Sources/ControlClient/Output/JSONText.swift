import VICI

/// Writes messages as JSON (RFC 8259).
///
/// Sections become objects, lists arrays, values strings. Binary values, which JSON cannot hold, become `0x` and hex
/// digits, as in the raw output.
enum JSONText {
    static func object(_ message: VICIMessage) -> String {
        "{" + message.elements.map { "\(string($0.name)):\(content(of: $0))" }.joined(separator: ",") + "}"
    }

    static func string(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            case "\0"..<" ", "\u{7f}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func content(of element: VICIElement) -> String {
        switch element {
        case .section(_, let inner): object(VICIMessage(inner))
        case .value(_, let bytes): value(bytes)
        case .list(_, let items): "[" + items.map(value).joined(separator: ",") + "]"
        }
    }

    private static func value(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self).map(string) ?? string("0x" + MessageText.hex(bytes))
    }
}
