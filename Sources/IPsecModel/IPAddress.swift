/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable {
    package enum Family: UInt8, Sendable {
        case v4 = 4
        case v6 = 6

        /// Octets of an address of this family.
        package var width: Int { self == .v4 ? 4 : 16 }
        package var bits: Int { width * 8 }
    }

    package let family: Family
    /// The address in network byte order; an IPv4 address stands in the low 32 bits.
    package let value: UInt128

    package init(family: Family, value: UInt128) {
        self.family = family
        self.value = family == .v4 ? value & 0xffff_ffff : value
    }

    package init(v4: UInt32) { self.init(family: .v4, value: UInt128(v4)) }

    /// Four or sixteen octets in network byte order; `nil` for any other count.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: family = .v4
        case 16: family = .v6
        default: return nil
        }
        value = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    package var bytes: [UInt8] {
        let width = family.width
        return (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * (width - 1 - $0))) }
    }

    /// `0.0.0.0` or `::`.
    package static func any(_ family: Family) -> IPAddress { IPAddress(family: family, value: 0) }
    package var isAny: Bool { value == 0 }

    package var isLoopback: Bool {
        family == .v4 ? value >> 24 == 127 : value == 1
    }

    /// fe80::/10
    package var isLinkLocal: Bool {
        family == .v4 ? value >> 16 == 0xa9fe : value >> 118 == 0x3fa
    }

    package var isMulticast: Bool {
        family == .v4 ? value >> 28 == 0xe : value >> 120 == 0xff
    }

    /// The mask of the first `length` bits.
    package static func mask(_ family: Family, length: Int) -> UInt128 {
        let bits = family.bits
        let length = min(max(length, 0), bits)
        let all: UInt128 = family == .v4 ? 0xffff_ffff : .max
        return length == 0 ? 0 : all & ~((UInt128(1) << UInt128(bits - length)) &- 1)
    }

    package func isInside(_ network: IPAddress, prefix: Int) -> Bool {
        guard family == network.family else { return false }
        let mask = Self.mask(family, length: prefix)
        return value & mask == network.value & mask
    }
}

extension IPAddress: Comparable {
    /// IPv4 before IPv6, then by value.
    package static func < (a: IPAddress, b: IPAddress) -> Bool {
        a.family == b.family ? a.value < b.value : a.family == .v4
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the shortest form of RFC 5952.
    package var description: String {
        if family == .v4 { return bytes.map(String.init).joined(separator: ".") }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(16 * (7 - $0))) }
        guard let gap = Self.longestZeroRun(groups) else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let head = groups[..<gap.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
        let tail = groups[gap.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
        return head + "::" + tail
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(1, best?.count ?? 1) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}

extension IPAddress {
    /// Reads dotted decimal or any text form of RFC 4291 (a zone is refused).
    package init?(_ text: some StringProtocol) {
        if text.contains(":") {
            guard let value = Self.parseV6(Substring(text)) else { return nil }
            self.init(family: .v6, value: value)
        } else {
            guard let value = Self.parseV4(Substring(text)) else { return nil }
            self.init(family: .v4, value: UInt128(value))
        }
    }

    private static func parseV4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                let octet = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(octet)
        }
        return value
    }

    private static func parseV6(_ text: Substring) -> UInt128? {
        let halves = splitAtGap(text)
        guard let halves, let head = groups(halves.head, isEnd: halves.tail == nil) else { return nil }
        guard let tailText = halves.tail else { return head.count == 8 ? join(head) : nil }
        guard let tail = groups(tailText, isEnd: true), head.count + tail.count <= 7 else { return nil }
        return join(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    /// The text before and after the one `::`; `nil` if there are two of them.
    private static func splitAtGap(_ text: Substring) -> (head: Substring, tail: Substring?)? {
        var index = text.startIndex
        var gap: Substring.Index?
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == ":" {
                guard gap == nil else { return nil }
                gap = index
                index = text.index(after: next)
                if index < text.endIndex, text[index] == ":" { return nil }
                continue
            }
            index = next
        }
        guard let gap else { return (text, nil) }
        return (text[..<gap], text[text.index(gap, offsetBy: 2)...])
    }

    /// - Parameter isEnd: whether the text ends the address; only there dotted decimal may stand for two groups.
    private static func groups(_ text: Substring, isEnd: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if part.contains(".") {
                guard isEnd, index == parts.count - 1, let v4 = parseV4(part) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: v4 >> 16))
                groups.append(UInt16(truncatingIfNeeded: v4))
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups.count <= 8 ? groups : nil
    }

    private static func join(_ groups: [UInt16]) -> UInt128 {
        groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
}
