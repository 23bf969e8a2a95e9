/// A range of addresses, ports and a protocol (RFC 7296 §3.13, RFC 4301 §4.4.1.1).
package struct TrafficSelector: Hashable, Sendable {
    /// IP protocol, 0 for any.
    package var ipProtocol: UInt8
    package var startPort: UInt16
    package var endPort: UInt16
    package var start: IPAddress
    package var end: IPAddress

    package init(
        start: IPAddress, end: IPAddress, ipProtocol: UInt8 = 0, startPort: UInt16 = 0, endPort: UInt16 = 65535
    ) {
        self.start = start
        self.end = end
        self.ipProtocol = ipProtocol
        self.startPort = startPort
        self.endPort = endPort
    }

    /// All addresses with the first `prefix` bits of `network`.
    package init(
        network: IPAddress, prefix: Int, ipProtocol: UInt8 = 0, startPort: UInt16 = 0, endPort: UInt16 = 65535
    ) {
        let mask = IPAddress.mask(network.family, length: prefix)
        let all = IPAddress.mask(network.family, length: network.family.bits)
        self.init(
            start: IPAddress(family: network.family, value: network.value & mask),
            end: IPAddress(family: network.family, value: network.value | (all & ~mask)),
            ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
    }

    /// A single host.
    package init(host: IPAddress, ipProtocol: UInt8 = 0, startPort: UInt16 = 0, endPort: UInt16 = 65535) {
        self.init(start: host, end: host, ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
    }

    package static func all(_ family: IPAddress.Family) -> TrafficSelector {
        TrafficSelector(network: .any(family), prefix: 0)
    }

    package var family: IPAddress.Family { start.family }

    /// OPAQUE ports (start 65535, end 0): traffic whose ports cannot be seen.
    package var isOpaque: Bool { startPort == 65535 && endPort == 0 }
    package var hasAllPorts: Bool { startPort == 0 && endPort == 65535 }

    package func contains(_ address: IPAddress) -> Bool {
        address.family == family && start <= address && address <= end
    }

    package func isSubset(of other: TrafficSelector) -> Bool {
        family == other.family && other.start <= start && end <= other.end
            && (other.ipProtocol == 0 || other.ipProtocol == ipProtocol)
            && (isOpaque || other.isOpaque
                ? isOpaque == other.isOpaque || other.hasAllPorts
                : other.startPort <= startPort && endPort <= other.endPort)
    }

    /// What both selectors cover; `nil` if nothing.
    package func intersection(_ other: TrafficSelector) -> TrafficSelector? {
        guard family == other.family else { return nil }
        let start = max(start, other.start)
        let end = min(end, other.end)
        guard start <= end else { return nil }
        guard ipProtocol == 0 || other.ipProtocol == 0 || ipProtocol == other.ipProtocol else { return nil }
        guard let ports = commonPorts(other) else { return nil }
        return TrafficSelector(
            start: start, end: end, ipProtocol: max(ipProtocol, other.ipProtocol),
            startPort: ports.start, endPort: ports.end)
    }

    private func commonPorts(_ other: TrafficSelector) -> (start: UInt16, end: UInt16)? {
        if isOpaque || other.isOpaque {
            return isOpaque == other.isOpaque || hasAllPorts || other.hasAllPorts ? (65535, 0) : nil
        }
        let start = max(startPort, other.startPort)
        let end = min(endPort, other.endPort)
        return start <= end ? (start, end) : nil
    }

    /// The smallest network that holds the whole range, and whether it is exactly the range.
    package var network: (address: IPAddress, prefix: Int, isExact: Bool) {
        let difference = start.value ^ end.value
        let hostBits = UInt128.bitWidth - difference.leadingZeroBitCount
        let prefix = family.bits - hostBits
        let mask = IPAddress.mask(family, length: prefix)
        let all = IPAddress.mask(family, length: family.bits)
        let address = IPAddress(family: family, value: start.value & mask)
        let isExact = start.value & mask == start.value && end.value == (start.value | (all & ~mask))
        return (address, prefix, isExact)
    }

    package var isHost: Bool { start == end }
}
