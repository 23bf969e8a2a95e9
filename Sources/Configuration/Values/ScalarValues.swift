import IPsecModel

/// Readers of single values, shared by ipsec.conf, daemon settings and the control socket.
enum Value {
    /// `yes`, `true`, `enabled` and `1`, or their opposites.
    static func boolean(_ text: some StringProtocol) throws(ValueError) -> Bool {
        switch text.trimmed.lowercased() {
        case "yes", "true", "enabled", "1": return true
        case "no", "false", "disabled", "0": return false
        default: throw ValueError("is neither yes nor no")
        }
    }

    /// A number of a fixed width, decimal or `0x` hexadecimal.
    static func number<N: FixedWidthInteger & UnsignedInteger>(
        _ text: some StringProtocol, in range: ClosedRange<N> = N.min...N.max
    ) throws(ValueError) -> N {
        let text = text.trimmed
        let value =
            text.lowercased().hasPrefix("0x") ? N(digits: text.dropFirst(2), radix: 16) : N(digits: text, radix: 10)
        guard let value, range.contains(value) else {
            throw ValueError("is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// `90`, `90s`, `15m`, `8h`, `1d`; seconds without a unit.
    static func duration(_ text: some StringProtocol) throws(ValueError) -> Duration {
        let text = text.trimmed
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        let unit = text.last.flatMap { units[Character($0.lowercased())] }
        let digits = unit == nil ? text : text.dropLast().trimmed
        guard let count = UInt64(digits: digits, radix: 10), count <= UInt64(maximumSeconds) else {
            throw ValueError("is not a duration", suggestion: "write seconds, or a number with s, m, h or d")
        }
        let seconds = Int64(count).multipliedReportingOverflow(by: unit ?? 1)
        guard !seconds.overflow, seconds.partialValue <= maximumSeconds else {
            throw ValueError("is too long a duration")
        }
        return .seconds(seconds.partialValue)
    }

    /// Far beyond any use, and small enough for arithmetic in microseconds.
    private static let maximumSeconds: Int64 = 0xffff_ffff

    /// `1000`, `64k`, `500m`, `2g`: powers of 1024.
    static func bytes(_ text: some StringProtocol) throws(ValueError) -> UInt64 {
        let text = text.trimmed
        let units: [Character: UInt64] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        let unit = text.last.flatMap { units[Character($0.lowercased())] }
        let digits = unit == nil ? text : text.dropLast().trimmed
        guard let count = UInt64(digits: digits, radix: 10) else {
            throw ValueError("is not a number of bytes", suggestion: "write a number, optionally with k, m or g")
        }
        let (value, overflow) = count.multipliedReportingOverflow(by: unit ?? 1)
        if overflow { throw ValueError("is too many bytes") }
        return value
    }

    /// `1.8`: digits with one optional point.
    static func decimal(_ text: some StringProtocol) throws(ValueError) -> Double {
        let text = text.trimmed
        let isPlain = text.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
        guard isPlain, text.utf8.count <= 20, let value = Double(String(text)) else {
            throw ValueError("is not a decimal number")
        }
        return value
    }

    /// `100%`
    static func percent(_ text: some StringProtocol) throws(ValueError) -> UInt64 {
        let text = text.trimmed
        guard text.last == "%", let value = UInt64(digits: text.dropLast(), radix: 10), value <= 100_000 else {
            throw ValueError("is not a percentage", suggestion: "write it as 100%")
        }
        return value
    }

    /// Six binary digits.
    static func dscp(_ text: some StringProtocol) throws(ValueError) -> UInt8 {
        let text = text.trimmed
        guard text.utf8.count == 6, let value = UInt8(digits: text, radix: 2) else {
            throw ValueError("is not a DSCP of six binary digits", suggestion: "write it as 101110")
        }
        return value
    }

    /// One of several words, in either case.
    static func word<T>(_ text: some StringProtocol, _ choices: KeyValuePairs<String, T>) throws(ValueError) -> T {
        let word = text.trimmed.lowercased()
        guard let choice = choices.first(where: { $0.key == word }) else {
            throw ValueError(word, notIn: choices.map(\.key))
        }
        return choice.value
    }

    /// The parts of a comma-separated list, trimmed; empty parts are dropped.
    static func list(_ text: some StringProtocol) -> [String] {
        text.split(separator: ",").map { String($0.trimmed) }.filter { !$0.isEmpty }
    }
}

extension FixedWidthInteger {
    /// Digits only: no sign, no blanks, at least one.
    init?(digits text: some StringProtocol, radix: Int) {
        guard !text.isEmpty, text.utf8.count <= 64, text.utf8.allSatisfy({ $0 != 43 && $0 != 45 }) else { return nil }
        self.init(text, radix: radix)
    }
}
