/// Hexadecimal text of bytes, lower case, without separators.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes {
        text.append(hexDigits[Int(byte >> 4)])
        text.append(hexDigits[Int(byte & 15)])
    }
    return text
}

/// Hexadecimal text of a number, lower case, padded with zeros to `width` digits.
package func hexadecimal(_ value: some FixedWidthInteger & UnsignedInteger, width: Int = 0) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

/// The bytes that hexadecimal text stands for; `nil` if it is none (odd length, other characters).
package func bytes(hexadecimal text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text {
        // Swift counts the full-width forms of other scripts as digits, too.
        guard character.isASCII, let digit = character.hexDigitValue else { return nil }
        if let first = high {
            bytes.append(first << 4 | UInt8(digit))
            high = nil
        } else {
            high = UInt8(digit)
        }
    }
    return high == nil ? bytes : nil
}

private let hexDigits: [Character] = Array("0123456789abcdef")
