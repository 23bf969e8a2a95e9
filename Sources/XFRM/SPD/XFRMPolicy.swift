package import IPsecModel
package import Wire

/// An entry of the SPD (`struct xfrm_userpolicy_info`, 168 octets, and its attributes).
///
///     | selector 56 | lifetime 64 | usage 32 | priority (u32) | index (u32) | direction, action, flags, share | 4 |
package struct XFRMPolicy: Hashable, Sendable {
    package var key: XFRMPolicyKey
    package var priority: UInt32
    package var blocks = false
    /// The transforms that a packet passes, inner first; empty: it passes as it is.
    package var templates: [XFRMTemplate] = []

    package static let size = 168

    package init(key: XFRMPolicyKey, priority: UInt32) {
        self.key = key
        self.priority = priority
    }

    func write(to request: NetlinkRequest) {
        key.selector.write(to: request)
        XFRMLifetime().write(to: request)
        XFRMUsage().write(to: request)
        request.u32(priority)
        request.u32(0)  // index: the kernel's choice
        request.u8(key.direction.rawValue)
        request.u8(blocks ? 1 : 0)
        request.zeros(2)  // flags, share
        request.zeros(4)
        if !templates.isEmpty {
            request.attribute(XFRMAttribute.template) { for template in templates { template.write(to: request) } }
        }
        key.writeAttributes(to: request)
    }
}

/// What names a policy: the kernel has one policy of each direction, selector, mark and interface identifier.
package struct XFRMPolicyKey: Hashable, Sendable {
    package var direction: XFRMDirection
    package var selector: XFRMSelector
    package var mark: XFRMMark
    package var interfaceID: UInt32

    package init(
        direction: XFRMDirection, selector: XFRMSelector, mark: XFRMMark = XFRMMark(), interfaceID: UInt32 = 0
    ) {
        self.direction = direction
        self.selector = selector
        self.mark = mark
        self.interfaceID = interfaceID
    }

    func writeAttributes(to request: NetlinkRequest) {
        request.mark(mark)
        request.interfaceID(interfaceID)
    }
}

/// Requests about the SPD.
package enum PolicyRequest {
    package static func add(_ policy: XFRMPolicy) -> NetlinkRequest { writing(policy, .newPolicy) }

    /// Replaces the policy with the same key, or adds one.
    package static func update(_ policy: XFRMPolicy) -> NetlinkRequest { writing(policy, .updatePolicy) }

    package static func delete(_ key: XFRMPolicyKey) -> NetlinkRequest { naming(key, .deletePolicy, .acknowledge) }

    /// The kernel answers with one ``XFRMMessageType/newPolicy``.
    package static func get(_ key: XFRMPolicyKey) -> NetlinkRequest { naming(key, .getPolicy, []) }

    package static func dump() -> NetlinkRequest { NetlinkRequest(xfrm: .getPolicy, .dump) }

    package static func flush() -> NetlinkRequest { NetlinkRequest(xfrm: .flushPolicy, [.acknowledge]) }

    /// From which prefix lengths on the SPD is hashed (`XFRM_MSG_NEWSPDINFO`): local and remote bits.
    package static func hashThresholds(
        v4: (local: UInt8, remote: UInt8)?, v6: (local: UInt8, remote: UInt8)?
    ) -> NetlinkRequest {
        let request = NetlinkRequest(xfrm: .newSPDInfo, [.acknowledge])
        request.u32(0)
        for (type, bits) in [(UInt16(3), v4), (UInt16(4), v6)] {
            guard let bits else { continue }
            request.attribute(type) {
                request.u8(bits.local)
                request.u8(bits.remote)
            }
        }
        return request
    }

    /// Moves a policy's templates and their SAs to other addresses (`XFRM_MSG_MIGRATE`).
    package static func migrate(_ key: XFRMPolicyKey, _ moves: [XFRMMigration]) -> NetlinkRequest {
        let request = naming(key, .migrate, .acknowledge)
        request.attribute(XFRMAttribute.migrate) { for move in moves { move.write(to: request) } }
        return request
    }

    private static func writing(_ policy: XFRMPolicy, _ type: XFRMMessageType) -> NetlinkRequest {
        let request = NetlinkRequest(xfrm: type, [.acknowledge, .create, .exclusive])
        policy.write(to: request)
        return request
    }

    /// `struct xfrm_userpolicy_id`, 64 octets: the selector, the index (u32), the direction (u8) and three octets.
    private static func naming(
        _ key: XFRMPolicyKey, _ type: XFRMMessageType, _ flags: NetlinkFlags
    ) -> NetlinkRequest {
        let request = NetlinkRequest(xfrm: type, flags)
        key.selector.write(to: request)
        request.u32(0)
        request.u8(key.direction.rawValue)
        request.zeros(3)
        key.writeAttributes(to: request)
        return request
    }
}

/// One step of ``PolicyRequest/migrate(_:_:)`` (`struct xfrm_user_migrate`, 76 octets).
package struct XFRMMigration: Hashable, Sendable {
    package var oldSource: IPAddress
    package var oldDestination: IPAddress
    package var newSource: IPAddress
    package var newDestination: IPAddress
    package var ipProtocol: XFRMProtocol
    package var mode: XFRMMode
    package var reqid: UInt32

    package init(
        from old: (source: IPAddress, destination: IPAddress), to new: (source: IPAddress, destination: IPAddress),
        ipProtocol: XFRMProtocol, mode: XFRMMode, reqid: UInt32
    ) {
        oldSource = old.source
        oldDestination = old.destination
        newSource = new.source
        newDestination = new.destination
        self.ipProtocol = ipProtocol
        self.mode = mode
        self.reqid = reqid
    }

    func write(to request: NetlinkRequest) {
        for address in [oldDestination, oldSource, newDestination, newSource] { request.address(address) }
        request.u8(ipProtocol.rawValue)
        request.u8(mode.rawValue)
        request.zeros(2)
        request.u32(reqid)
        request.u16(oldSource.family.addressFamily)
        request.u16(newSource.family.addressFamily)
    }
}

/// A policy as the kernel reports it.
package struct XFRMPolicyReport {
    package let key: XFRMPolicyKey
    package let priority: UInt32
    package let index: UInt32
    package let blocks: Bool
    package let usage: XFRMUsage
    /// Templates that this codec does not know (other protocols, other modes) are left out.
    package let templates: [XFRMTemplate]
    package let lastUsed: UInt64

    /// - Throws: ``CodecError`` for cut messages, and for socket policies, whose direction is none of the SPD's.
    package init(from view: NetlinkView) throws(CodecError) {
        let selector = try XFRMSelector(from: view.sub(0, XFRMSelector.size))
        usage = try XFRMUsage(from: view.sub(120, XFRMUsage.size))
        priority = try view.u32(at: 152)
        index = try view.u32(at: 156)
        let number = try view.u8(at: 160)
        guard let direction = XFRMDirection(rawValue: number) else {
            throw .badValue(field: "policy direction", offset: 160, value: UInt64(number))
        }
        blocks = try view.u8(at: 161) != 0
        _ = try view.sub(0, XFRMPolicy.size)
        let attributes = try view.attributes(from: XFRMPolicy.size)
        key = XFRMPolicyKey(
            direction: direction, selector: selector, mark: try XFRMMark(from: attributes),
            interfaceID: try attributes.first(XFRMAttribute.interfaceID)?.u32(at: 0) ?? 0)
        lastUsed = try attributes.first(XFRMAttribute.lastUsed)?.u64(at: 0) ?? 0
        templates = try Self.templates(attributes.first(XFRMAttribute.template))
    }

    private static func templates(_ view: NetlinkView?) throws(CodecError) -> [XFRMTemplate] {
        guard let view else { return [] }
        var templates: [XFRMTemplate] = []
        for start in stride(from: 0, to: view.count - view.count % XFRMTemplate.size, by: XFRMTemplate.size) {
            let part = try view.sub(start, XFRMTemplate.size)
            if let template = try? XFRMTemplate(from: part) { templates.append(template) }
        }
        return templates
    }
}
