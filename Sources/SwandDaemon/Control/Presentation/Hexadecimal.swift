import Wire

/// Numbers as charon prints marks, interface IDs and CPIs.
enum Hexadecimal {
    static func text(_ value: UInt32, width: Int) -> String { hexadecimal(value, width: width) }
}
