package import IPsecModel
package import Wire

/// A route (`struct rtmsg`, 12 octets, and its attributes).
///
///     | family | dst prefix | src prefix | tos | table | protocol | scope | type (u8 each) | flags (u32) |
package struct Route: Hashable, Sendable {
    package var destination: IPAddress
    package var prefix: UInt8
    package var table: UInt32
    package var kind: Kind = .unicast
    /// The next hop, of either family; `nil`: the destination is on the link.
    package var gateway: IPAddress?
    package var interfaceIndex: UInt32 = 0
    package var preferredSource: IPAddress?
    /// Lower numbers win; 0: the kernel's default.
    package var priority: UInt32 = 0
    package var origin = Origin.staticRoute
    /// Largest packet, and largest TCP segment to announce; 0: the link's own.
    package var mtu: UInt32 = 0
    package var mss: UInt32 = 0

    package enum Kind: UInt8, Sendable {
        case unicast = 1
        case local = 2
        case broadcast = 3
        case anycast = 4
        case multicast = 5
        case blackhole = 6
        case unreachable = 7
        case prohibit = 8
        /// Goes on with the next rule.
        case `throw` = 9
    }

    /// `RTPROT_…`: who has installed it.
    package struct Origin: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let staticRoute = Origin(rawValue: 4)
    }

    package static let mainTable: UInt32 = 254

    package init(destination: IPAddress, prefix: UInt8, table: UInt32 = mainTable) {
        self.destination = destination
        self.prefix = prefix
        self.table = table
    }

    /// A network of the main table that is reached without a next hop.
    package var isOnLink: Bool {
        table == Self.mainTable && kind == .unicast && gateway == nil && interfaceIndex != 0 && prefix > 0
    }

    /// `nil` for families other than IP, cached entries and kinds of routes that nobody here knows.
    package init?(from view: NetlinkView) throws(CodecError) {
        let number = try view.u8(at: 0)
        prefix = try view.u8(at: 1)
        let kindNumber = try view.u8(at: 7)
        let flags = try view.u32(at: 8)
        guard let family = try? IPAddress.Family(addressFamily: UInt16(number)), flags & Self.cloned == 0,
            let kind = Kind(rawValue: kindNumber)
        else { return nil }
        guard Int(prefix) <= family.bits else {
            throw .badValue(field: "prefix", offset: 1, value: UInt64(prefix))
        }
        self.kind = kind
        let attributes = try view.attributes(from: 12)
        table = try attributes.number(RouteAttribute.table, or: UInt32(view.u8(at: 4)))
        origin = Origin(rawValue: try view.u8(at: 5))
        destination = try attributes.address(RouteAttribute.destination, family) ?? .any(family)
        gateway = try attributes.nextHop(family)
        preferredSource = try attributes.address(RouteAttribute.preferredSource, family)
        interfaceIndex = try attributes.first(RouteAttribute.outputInterface)?.u32(at: 0) ?? 0
        priority = try attributes.first(RouteAttribute.priority)?.u32(at: 0) ?? 0
    }

    /// Adds the route, or puts it in the place of the one with the same destination, table and priority.
    package func add(replacing: Bool) -> NetlinkRequest {
        write(.newRoute, [.acknowledge, .create, replacing ? .replace : .exclusive])
    }

    package func delete() -> NetlinkRequest { write(.deleteRoute, .acknowledge) }

    package static func dump(_ family: IPAddress.Family) -> NetlinkRequest {
        let request = NetlinkRequest(route: .getRoute, .dump)
        request.u8(UInt8(truncatingIfNeeded: family.addressFamily))
        request.zeros(11)
        return request
    }

    /// Asks which route the kernel would take to `destination`, and of which table.
    package static func lookup(_ destination: IPAddress) -> NetlinkRequest {
        let request = NetlinkRequest(route: .getRoute, [])
        request.u8(UInt8(truncatingIfNeeded: destination.family.addressFamily))
        request.u8(UInt8(truncatingIfNeeded: destination.family.bits))
        request.zeros(6)
        request.u32(Self.lookUpTable)
        request.attribute(RouteAttribute.destination) { request.bytes(destination.bytes) }
        return request
    }

    /// The answer to ``lookup(_:)``, which the kernel marks as a copy.
    package static func answer(_ view: NetlinkView, to destination: IPAddress) throws(CodecError) -> Route {
        let attributes = try view.attributes(from: 12)
        let family = destination.family
        var route = Route(destination: destination, prefix: UInt8(truncatingIfNeeded: family.bits))
        route.kind = Kind(rawValue: try view.u8(at: 7)) ?? .unreachable
        route.table = try attributes.number(RouteAttribute.table, or: UInt32(view.u8(at: 4)))
        route.gateway = try attributes.nextHop(family)
        route.preferredSource = try attributes.address(RouteAttribute.preferredSource, family)
        route.interfaceIndex = try attributes.first(RouteAttribute.outputInterface)?.u32(at: 0) ?? 0
        return route
    }

    private func write(_ type: RouteMessageType, _ flags: NetlinkFlags) -> NetlinkRequest {
        let request = NetlinkRequest(route: type, flags)
        request.u8(UInt8(truncatingIfNeeded: destination.family.addressFamily))
        request.u8(prefix)
        request.zeros(2)  // source prefix, tos
        request.u8(table < 256 ? UInt8(truncatingIfNeeded: table) : 0)
        request.u8(origin.rawValue)
        request.u8(0)  // scope: universe
        request.u8(kind.rawValue)
        request.u32(0)
        if table >= 256 { request.attribute(RouteAttribute.table, u32: table) }
        request.attribute(RouteAttribute.destination) { request.bytes(destination.bytes) }
        if let preferredSource {
            request.attribute(RouteAttribute.preferredSource) { request.bytes(preferredSource.bytes) }
        }
        writeGateway(to: request)
        if interfaceIndex != 0 { request.attribute(RouteAttribute.outputInterface, u32: interfaceIndex) }
        if priority != 0 { request.attribute(RouteAttribute.priority, u32: priority) }
        writeMetrics(to: request)
        return request
    }

    private func writeGateway(to request: NetlinkRequest) {
        guard let gateway else { return }
        if gateway.family == destination.family {
            request.attribute(RouteAttribute.gateway) { request.bytes(gateway.bytes) }
        } else {
            request.attribute(RouteAttribute.via) {
                request.u16(gateway.family.addressFamily)
                request.bytes(gateway.bytes)
            }
        }
    }

    private func writeMetrics(to request: NetlinkRequest) {
        guard mtu != 0 || mss != 0 else { return }
        request.attribute(RouteAttribute.metrics) {
            if mtu != 0 { request.attribute(RouteAttribute.metricMTU, u32: mtu) }
            if mss != 0 { request.attribute(RouteAttribute.metricMSS, u32: mss) }
        }
    }

    /// `RTM_F_CLONED` and `RTM_F_LOOKUP_TABLE`.
    private static let cloned: UInt32 = 0x200
    private static let lookUpTable: UInt32 = 0x1000
}

extension [NetlinkAttribute] {
    /// The next hop, which may be of the other family than the destination.
    func nextHop(_ family: IPAddress.Family) throws(CodecError) -> IPAddress? {
        if let own = try address(RouteAttribute.gateway, family) { return own }
        guard let via = first(RouteAttribute.via) else { return nil }
        return try via.address(at: 2, family: IPAddress.Family(addressFamily: via.u16(at: 0)))
    }

    func number(_ type: UInt16, or other: UInt32) throws(CodecError) -> UInt32 {
        guard let view = first(type) else { return other }
        return try view.u32(at: 0)
    }

    func address(_ type: UInt16, _ family: IPAddress.Family) throws(CodecError) -> IPAddress? {
        guard let view = first(type) else { return nil }
        return try view.address(family: family)
    }
}
