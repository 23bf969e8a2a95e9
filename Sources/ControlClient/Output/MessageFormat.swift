import VICI

/// How a message is shown when it is not shown as a listing.
enum MessageFormat: Sendable {
    /// One line: `label {key=value list=[a b] section {…}}`.
    case raw
    /// Indented, one element a line.
    case pretty
    /// JSON: an object a message; values are strings, repeated names keep the last one.
    case json
}

/// Writes messages as text.
enum MessageText {
    static func raw(_ message: VICIMessage, label: String) -> String {
        "\(label) {\(raw(message.elements))}"
    }

    static func pretty(_ message: VICIMessage, label: String) -> [String] {
        ["\(label) {"] + pretty(message.elements, indent: "  ") + ["}"]
    }

    /// Text as it is, anything that is not printable ASCII as hex digits.
    static func value(_ bytes: [UInt8]) -> String {
        bytes.allSatisfy { (0x20...0x7e).contains($0) }
            ? String(decoding: bytes, as: UTF8.self) : "0x" + hex(bytes)
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func raw(_ elements: [VICIElement]) -> String {
        elements.map { element in
            switch element {
            case .section(let name, let inner): "\(name) {\(raw(inner))}"
            case .value(let name, let bytes): "\(name)=\(value(bytes))"
            case .list(let name, let items): "\(name)=[\(items.map(value).joined(separator: " "))]"
            }
        }.joined(separator: " ")
    }

    private static func pretty(_ elements: [VICIElement], indent: String) -> [String] {
        elements.flatMap { element in
            switch element {
            case .section(let name, let inner):
                ["\(indent)\(name) {"] + pretty(inner, indent: indent + "  ") + ["\(indent)}"]
            case .value(let name, let bytes):
                ["\(indent)\(name) = \(value(bytes))"]
            case .list(let name, let items):
                ["\(indent)\(name) = ["] + items.map { "\(indent)  \(value($0))" } + ["\(indent)]"]
            }
        }
    }
}
