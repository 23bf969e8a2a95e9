package import IPsecModel

/// A rule that says which routing table is asked (`struct fib_rule_hdr`, 12 octets, and its attributes).
///
///     | family | dst prefix | src prefix | tos | table | 2 | action (u8 each) | flags (u32) |
package struct RoutingRule: Hashable, Sendable {
    package var family: IPAddress.Family
    package var table: UInt32
    package var priority: UInt32
    /// Packets whose mark does *not* fit are meant if `isMarkInverted`.
    package var mark: XFRMMark
    package var isMarkInverted: Bool

    package init(
        family: IPAddress.Family, table: UInt32, priority: UInt32, mark: XFRMMark = XFRMMark(),
        isMarkInverted: Bool = false
    ) {
        self.family = family
        self.table = table
        self.priority = priority
        self.mark = mark
        self.isMarkInverted = isMarkInverted
    }

    package func add() -> NetlinkRequest { write(.newRule, [.acknowledge, .create, .exclusive]) }
    package func delete() -> NetlinkRequest { write(.deleteRule, .acknowledge) }

    private func write(_ type: RouteMessageType, _ flags: NetlinkFlags) -> NetlinkRequest {
        let request = NetlinkRequest(route: type, flags)
        request.u8(UInt8(truncatingIfNeeded: family.addressFamily))
        request.zeros(3)
        request.u8(table < 256 ? UInt8(truncatingIfNeeded: table) : 0)
        request.zeros(2)
        request.u8(1)  // FR_ACT_TO_TBL
        request.u32(isMarkInverted ? 2 : 0)  // FIB_RULE_INVERT
        request.attribute(RouteAttribute.priority, u32: priority)
        if table >= 256 { request.attribute(RouteAttribute.table, u32: table) }
        if mark.isSet {
            request.attribute(RouteAttribute.ruleMark, u32: mark.value)
            request.attribute(RouteAttribute.ruleMarkMask, u32: mark.mask)
        }
        return request
    }
}
