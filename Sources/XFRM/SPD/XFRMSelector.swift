package import IPsecModel
package import Wire

/// What traffic a state or a policy is for, as the kernel can express it (`struct xfrm_selector`, 56 octets).
///
///     | daddr 16 | saddr 16 | dport, dport mask, sport, sport mask (u16 each, network order) | family (u16) |
///     | dst prefix (u8) | src prefix (u8) | protocol (u8) | 3 | ifindex (i32) | user (u32) |
package struct XFRMSelector: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    package var sourcePrefix: UInt8
    package var destinationPrefix: UInt8
    package var sourcePort: MaskedPort = .any
    package var destinationPort: MaskedPort = .any
    package var ipProtocol: UInt8 = 0
    package var interfaceIndex: UInt32 = 0

    package static let size = 56

    /// A port and the bits of it that count.
    package struct MaskedPort: Hashable, Sendable {
        package var port: UInt16
        package var mask: UInt16

        package init(port: UInt16, mask: UInt16) {
            self.port = port
            self.mask = mask
        }

        package static let any = MaskedPort(port: 0, mask: 0)
    }

    /// Everything of one family.
    package init(all family: IPAddress.Family) {
        source = .any(family)
        destination = .any(family)
        sourcePrefix = 0
        destinationPrefix = 0
    }

    /// The smallest selector that the kernel can express and that covers two traffic selectors.
    ///
    /// Address ranges become networks, port ranges become a port and a mask; both may be wider than the ranges, as
    /// with charon, because the SA's own check of RFC 4301 §5.2 knows no ranges either.
    package init(source: TrafficSelector, destination: TrafficSelector, interfaceIndex: UInt32 = 0) {
        let from = source.network
        let to = destination.network
        self.source = from.address
        self.destination = to.address
        sourcePrefix = UInt8(truncatingIfNeeded: from.prefix)
        destinationPrefix = UInt8(truncatingIfNeeded: to.prefix)
        ipProtocol = max(source.ipProtocol, destination.ipProtocol)
        sourcePort = Self.ports(source)
        destinationPort = Self.ports(destination)
        self.interfaceIndex = interfaceIndex
        if isICMP { splitTypeAndCode() }
    }

    package var family: IPAddress.Family { source.family }

    /// Puts new hosts in the place of old ones, where the selector is for just those.
    mutating func replaceHosts(
        _ oldSource: IPAddress, by newSource: IPAddress, _ oldDestination: IPAddress,
        by newDestination: IPAddress
    ) {
        guard newSource.family == family, Int(sourcePrefix) == family.bits, Int(destinationPrefix) == family.bits
        else { return }
        if source == oldSource { source = newSource }
        if destination == oldDestination { destination = newDestination }
    }
    private var isICMP: Bool { ipProtocol == 1 || ipProtocol == 58 }

    /// The bits that start and end of a range have in common, up to the first that differs.
    private static func ports(_ selector: TrafficSelector) -> MaskedPort {
        guard !selector.isOpaque else { return .any }
        let differing = selector.startPort ^ selector.endPort
        let mask = differing == 0 ? UInt16.max : ~(UInt16.max >> UInt16(differing.leadingZeroBitCount))
        return MaskedPort(port: selector.startPort & mask, mask: mask)
    }

    /// IKE has ICMP type and code in the two octets of a port (RFC 7296 §3.13.1), the kernel takes the type for the
    /// source port and the code for the destination port. A code of zero stands for every code.
    private mutating func splitTypeAndCode() {
        guard sourcePort.mask != 0 || destinationPort.mask != 0 else { return }
        let port = max(sourcePort.port, destinationPort.port)
        sourcePort = MaskedPort(port: port >> 8, mask: .max)
        destinationPort = MaskedPort(port: port & 0xff, mask: port & 0xff == 0 ? 0 : .max)
    }
}

extension XFRMSelector {
    package init(from view: NetlinkView) throws(CodecError) {
        let family = try IPAddress.Family(addressFamily: view.u16(at: 40), at: 40)
        destination = try view.address(at: 0, family: family)
        source = try view.address(at: 16, family: family)
        destinationPort = MaskedPort(port: try view.networkU16(at: 32), mask: try view.networkU16(at: 34))
        sourcePort = MaskedPort(port: try view.networkU16(at: 36), mask: try view.networkU16(at: 38))
        destinationPrefix = try view.u8(at: 42)
        sourcePrefix = try view.u8(at: 43)
        ipProtocol = try view.u8(at: 44)
        interfaceIndex = try view.u32(at: 48)
        guard Int(max(sourcePrefix, destinationPrefix)) <= family.bits else {
            throw .badValue(field: "prefix", offset: 42, value: UInt64(max(sourcePrefix, destinationPrefix)))
        }
    }

    package func write(to request: NetlinkRequest) {
        request.address(destination)
        request.address(source)
        request.networkU16(destinationPort.port)
        request.networkU16(destinationPort.mask)
        request.networkU16(sourcePort.port)
        request.networkU16(sourcePort.mask)
        request.u16(family.addressFamily)
        request.u8(destinationPrefix)
        request.u8(sourcePrefix)
        request.u8(ipProtocol)
        request.zeros(3)
        request.u32(interfaceIndex)
        request.u32(0)  // any user
    }

    /// The traffic selectors that an acquire asks for: source and destination.
    package var trafficSelectors: (source: TrafficSelector, destination: TrafficSelector) {
        var ports = (sourcePort, destinationPort)
        if isICMP, sourcePort.mask != 0 {
            let typeAndCode = sourcePort.port << 8 | destinationPort.port & 0xff
            ports = (MaskedPort(port: typeAndCode, mask: .max), .any)
        }
        return (
            trafficSelector(source, sourcePrefix, ports.0), trafficSelector(destination, destinationPrefix, ports.1)
        )
    }

    private func trafficSelector(_ address: IPAddress, _ prefix: UInt8, _ port: MaskedPort) -> TrafficSelector {
        TrafficSelector(
            network: address, prefix: Int(prefix), ipProtocol: ipProtocol, startPort: port.port & port.mask,
            endPort: port.port | ~port.mask)
    }
}

extension IPAddress.Family {
    /// `AF_INET` and `AF_INET6` of Linux.
    package var addressFamily: UInt16 { self == .v4 ? 2 : 10 }

    package init(addressFamily: UInt16, at offset: Int = 0) throws(CodecError) {
        switch addressFamily {
        case 2: self = .v4
        case 10: self = .v6
        default: throw .badValue(field: "address family", offset: offset, value: UInt64(addressFamily))
        }
    }
}
