package import IPsecModel
package import Wire

/// What the kernel says about SAs without being asked.
package enum XFRMEvent: Hashable, Sendable {
    case acquire(XFRMAcquire)
    case expire(XFRMStateID, reqid: UInt32, isHard: Bool)
    case mapping(XFRMStateID, reqid: UInt32, remote: Endpoint)

    /// `nil` for messages that are about something else.
    ///
    /// - Throws: ``CodecError`` for cut or impossible ones.
    package init?(_ message: NetlinkMessage) throws(CodecError) {
        switch XFRMMessageType(rawValue: message.type) {
        case .acquire: self = .acquire(try XFRMAcquire(from: message.payload))
        case .expire: self = try Self.expire(message.payload)
        case .mapping: self = try Self.mapping(message.payload)
        default: return nil
        }
    }

    /// `struct xfrm_user_expire`, 232 octets: the state, and whether the limit was the hard one (u8).
    private static func expire(_ view: NetlinkView) throws(CodecError) -> XFRMEvent {
        let report = try XFRMStateReport(from: view.sub(0, XFRMState.size))
        let isHard = try view.u8(at: XFRMState.size) != 0
        var id = report.id
        id.mark = try XFRMMark(from: view.attributes(from: 232))
        return .expire(id, reqid: report.state.reqid, isHard: isHard)
    }

    /// `struct xfrm_user_mapping`, 64 octets.
    ///
    ///     | state ID 24 | reqid (u32) | old source 16 | new source 16 | old, new source port (u16, network order) |
    private static func mapping(_ view: NetlinkView) throws(CodecError) -> XFRMEvent {
        var id = try XFRMStateID(from: view.sub(0, XFRMStateID.size))
        let reqid = try view.u32(at: 24)
        let family = id.destination.family
        id.source = try view.address(at: 28, family: family)
        let address = try view.address(at: 44, family: family)
        return .mapping(id, reqid: reqid, remote: Endpoint(address, try view.networkU16(at: 62)))
    }
}

/// A packet met a policy for which there is no SA (`struct xfrm_user_acquire`, 280 octets).
///
///     | daddr 16 | spi 4 | protocol (u8) | 3 | saddr 16 | selector of the packet 56 | policy 168 | algorithms 12 |
///     | sequence (u32) |
package struct XFRMAcquire: Hashable, Sendable {
    /// What the packet is: addresses, protocol and ports.
    package var packet: XFRMSelector
    /// What the policy covers.
    package var policy: XFRMSelector
    package var policyIndex: UInt32
    /// Of the policy's first template; 0: it has none.
    package var reqid: UInt32
    package var sequence: UInt32

    package init(from view: NetlinkView) throws(CodecError) {
        packet = try XFRMSelector(from: view.sub(40, XFRMSelector.size))
        policy = try XFRMSelector(from: view.sub(96, XFRMSelector.size))
        policyIndex = try view.u32(at: 96 + 156)
        sequence = try view.u32(at: 276)
        let attributes = try view.attributes(from: 280)
        reqid = try attributes.first(XFRMAttribute.template)?.u32(at: 44) ?? 0
    }
}
