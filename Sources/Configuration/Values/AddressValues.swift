import IPsecModel

extension Value {
    /// `%any`, an address, a network, a range, or a name.
    static func host(_ text: some StringProtocol) throws(ValueError) -> HostPattern {
        let text = text.trimmed
        switch text.lowercased() {
        case "%any", "any", "": return .any
        case "%any4", "%any6": return .subnet(.any(text.last == "4" ? .v4 : .v6), prefix: 0)
        default: break
        }
        if let address = IPAddress(text) { return .address(address) }
        if text.contains("/") {
            let network = try network(text)
            return .subnet(network.address, prefix: network.prefix)
        }
        if let range = try range(text) { return .range(range.first, range.last) }
        return .name(try hostName(text))
    }

    static func hosts(_ text: some StringProtocol) throws(ValueError) -> [HostPattern] {
        var hosts: [HostPattern] = []
        for part in list(text) { hosts.append(try host(part)) }
        return hosts.isEmpty ? [.any] : hosts
    }

    static func address(_ text: some StringProtocol) throws(ValueError) -> IPAddress {
        guard let address = IPAddress(text.trimmed) else { throw ValueError("'\(text)' is not an IP address") }
        return address
    }

    /// `10.1.0.0/16`; host bits may be set and do not count.
    static func network(_ text: some StringProtocol) throws(ValueError) -> (address: IPAddress, prefix: Int) {
        let parts = text.trimmed.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]) else {
            throw ValueError("'\(text)' is not a network", suggestion: "write it as 10.1.0.0/16")
        }
        guard let prefix = prefixLength(parts[1], address.family) else {
            throw ValueError("'\(parts[1])' is not a prefix length from 0 to \(address.family.bits)")
        }
        return (address, prefix)
    }

    /// `10.1.0.1-10.1.0.9`; `nil` where the text is no pair of addresses at all (a name may contain a hyphen).
    static func range(_ text: some StringProtocol) throws(ValueError) -> (first: IPAddress, last: IPAddress)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = IPAddress(parts[0].trimmed), let last = IPAddress(parts[1].trimmed) else {
            return nil
        }
        guard first.family == last.family, first <= last else {
            throw ValueError("'\(text)' is not an ascending range")
        }
        return (first, last)
    }

    private static func prefixLength(_ text: Substring, _ family: IPAddress.Family) -> Int? {
        if let mask = IPAddress(text), family == .v4, mask.family == .v4 {
            return (0...32).first { IPAddress.mask(.v4, length: $0) == mask.value }
        }
        guard let length = UInt8(digits: text, radix: 10), Int(length) <= family.bits else { return nil }
        return Int(length)
    }

    /// Letters, digits, hyphens, underscores and dots, and not something that was meant as an address.
    private static func hostName(_ text: Substring) throws(ValueError) -> String {
        let isName =
            text.utf8.count <= 253
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 45, 46, 95, 48...57, 65...90, 97...122: true
                default: false
                }
            }
        let isNumeric = text.utf8.allSatisfy { (48...57).contains($0) || $0 == 46 }
        guard isName, !isNumeric, text.first != "-", text.first != "." else {
            throw ValueError("'\(text)' is neither an address, a network, a range nor a host name")
        }
        return String(text)
    }
}
