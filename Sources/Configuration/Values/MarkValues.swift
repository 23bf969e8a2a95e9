import IPsecModel

extension Value {
    /// `42`, `0x2a/0xff`, `%unique`, `%unique-dir/0xffff`, `%same`.
    /// - Parameter allowSame: `%same` means something only where a mark is set, not where it is compared.
    static func mark(_ text: some StringProtocol, allowSame: Bool = false) throws(ValueError) -> MarkConfig {
        let parts = text.trimmed.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let mask: UInt32 = parts.count == 2 ? try number(parts[1]) : .max
        switch parts.first?.trimmed.lowercased() ?? "" {
        case "%unique": return MarkConfig(value: .unique, mask: mask)
        case "%unique-dir": return MarkConfig(value: .uniqueDirection, mask: mask)
        case "%same":
            guard allowSame else { throw ValueError("'%same' is only for set_mark_in and set_mark_out") }
            return MarkConfig(value: .same, mask: mask)
        case let digits:
            let value: UInt32 = try number(digits)
            return MarkConfig(value: .value(value), mask: value == 0 && parts.count == 1 ? 0 : mask)
        }
    }

    /// `7`, `0x7`, `%unique`, `%unique-dir`; 0 is none.
    static func interfaceID(_ text: some StringProtocol) throws(ValueError) -> InterfaceID {
        switch text.trimmed.lowercased() {
        case "%unique": return .unique
        case "%unique-dir": return .uniqueDirection
        case let digits:
            let value: UInt32 = try number(digits)
            return value == 0 ? .none : .value(value)
        }
    }

    /// `mtu`, `%mtu`, or octets; 0 is none.
    static func trafficFlowPadding(_ text: some StringProtocol) throws(ValueError) -> UInt32? {
        switch text.trimmed.lowercased() {
        case "mtu", "%mtu": return .max
        case let digits:
            let octets: UInt32 = try number(digits, in: 0...65535)
            return octets == 0 ? nil : octets
        }
    }
}
