package import IPsecModel
package import Wire

/// A network interface (`struct ifinfomsg`, 16 octets, and its attributes).
///
///     | family (u8) | 1 | hardware type (u16) | index (i32) | flags (u32) | change (u32) |
package struct NetworkInterface: Hashable, Sendable {
    package var index: UInt32
    package var name: String
    package var isUp: Bool
    package var isLoopback: Bool
    package var mtu: UInt32
    /// What made it: `veth`, `bridge`, `xfrm`; `nil` for hardware.
    package var kind: String?
    /// Of an XFRM interface; SAs and policies with this ID belong to it.
    package var interfaceID: UInt32?

    package init(index: UInt32, name: String, isUp: Bool = true, isLoopback: Bool = false, mtu: UInt32 = 1500) {
        self.index = index
        self.name = name
        self.isUp = isUp
        self.isLoopback = isLoopback
        self.mtu = mtu
    }

    package init(from view: NetlinkView) throws(CodecError) {
        index = try view.u32(at: 4)
        let flags = try view.u32(at: 8)
        isUp = flags & 0x1 != 0
        isLoopback = flags & 0x8 != 0
        let attributes = try view.attributes(from: 16)
        name = try attributes.first(RouteAttribute.linkName).map { (view) throws(CodecError) in
            try view.text(width: view.count)
        } ?? ""
        mtu = try attributes.first(RouteAttribute.linkMTU)?.u32(at: 0) ?? 0
        guard let info = try attributes.first(RouteAttribute.linkInfo)?.attributes(from: 0) else { return }
        kind = try info.first(RouteAttribute.linkKind).map { (view) throws(CodecError) in
            try view.text(width: view.count)
        }
        guard kind == Self.xfrmKind, let data = try info.first(RouteAttribute.linkData)?.attributes(from: 0) else {
            return
        }
        interfaceID = try data.first(RouteAttribute.xfrmInterfaceID)?.u32(at: 0)
    }

    package static func dump() -> NetlinkRequest {
        let request = NetlinkRequest(route: .getLink, .dump)
        request.zeros(16)
        return request
    }

    package static let xfrmKind = "xfrm"
    /// The longest name that the kernel takes (`IFNAMSIZ` less the final zero).
    package static let longestName = 15

    /// Makes an XFRM interface (`ip link add NAME type xfrm if_id ID`) and takes it up. It is bound to no other
    /// interface: its packets leave by whichever leads to the peer.
    package static func makeXFRM(name: String, id: UInt32, mtu: UInt32) -> NetlinkRequest {
        let request = header(.newLink, [.acknowledge, .create, .exclusive], index: 0, flags: isUpFlag)
        request.attribute(RouteAttribute.linkName) {
            request.bytes(Array(name.utf8))
            request.u8(0)
        }
        request.attribute(RouteAttribute.linkMTU, u32: mtu)
        request.attribute(RouteAttribute.linkInfo) {
            request.attribute(RouteAttribute.linkKind) { request.bytes(Array(xfrmKind.utf8)) }
            request.attribute(RouteAttribute.linkData) {
                request.attribute(RouteAttribute.xfrmInterfaceID, u32: id)
            }
        }
        return request
    }

    package static func setMTU(_ mtu: UInt32, index: UInt32) -> NetlinkRequest {
        let request = header(.newLink, .acknowledge, index: index, flags: 0)
        request.attribute(RouteAttribute.linkMTU, u32: mtu)
        return request
    }

    package static func delete(index: UInt32) -> NetlinkRequest {
        header(.deleteLink, .acknowledge, index: index, flags: 0)
    }

    /// `IFF_UP`
    private static let isUpFlag: UInt32 = 1

    private static func header(
        _ type: RouteMessageType, _ netlinkFlags: NetlinkFlags, index: UInt32, flags: UInt32
    ) -> NetlinkRequest {
        let request = NetlinkRequest(route: type, netlinkFlags)
        request.u32(0)  // family, hardware type
        request.u32(index)
        request.u32(flags)
        request.u32(flags)  // which of them to change
        return request
    }
}

/// An address of an interface (`struct ifaddrmsg`, 8 octets, and its attributes).
///
///     | family (u8) | prefix (u8) | flags (u8) | scope (u8) | index (u32) |
package struct InterfaceAddress: Hashable, Sendable {
    package var address: IPAddress
    package var prefix: UInt8
    package var interfaceIndex: UInt32
    package var scope: UInt8
    package var flags: Flags

    /// `IFA_F_…`
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        /// An IPv6 privacy address, or an IPv4 address that is not the first of its network.
        package static let secondary = Flags(rawValue: 0x01)
        package static let noDuplicateDetection = Flags(rawValue: 0x02)
        package static let duplicateFound = Flags(rawValue: 0x08)
        package static let deprecated = Flags(rawValue: 0x20)
        package static let tentative = Flags(rawValue: 0x40)
    }

    package init(
        address: IPAddress, prefix: UInt8, interfaceIndex: UInt32, scope: UInt8 = 0, flags: Flags = []
    ) {
        self.address = address
        self.prefix = prefix
        self.interfaceIndex = interfaceIndex
        self.scope = scope
        self.flags = flags
    }

    /// Packets can be sent from it.
    package var isUsable: Bool { flags.isDisjoint(with: [.tentative, .duplicateFound]) }

    /// An IPv6 privacy address (RFC 8981).
    package var isTemporary: Bool { address.family == .v6 && flags.contains(.secondary) }

    /// `nil` for address families other than IP.
    package init?(from view: NetlinkView) throws(CodecError) {
        let number = try view.u8(at: 0)
        prefix = try view.u8(at: 1)
        let shortFlags = UInt32(try view.u8(at: 2))
        scope = try view.u8(at: 3)
        interfaceIndex = try view.u32(at: 4)
        guard let family = try? IPAddress.Family(addressFamily: UInt16(number)) else { return nil }
        let attributes = try view.attributes(from: 8)
        // On point-to-point links the plain attribute is the other end's address.
        guard
            let value = attributes.first(RouteAttribute.interfaceLocal)
                ?? attributes.first(RouteAttribute.interfaceAddress)
        else { return nil }
        address = try value.address(family: family)
        let long = try attributes.first(RouteAttribute.interfaceAddressFlags)?.u32(at: 0)
        flags = Flags(rawValue: long ?? shortFlags)
    }

    package static func dump() -> NetlinkRequest {
        let request = NetlinkRequest(route: .getAddress, .dump)
        request.zeros(8)
        return request
    }

    package func add() -> NetlinkRequest { write(.newAddress, [.acknowledge, .create, .exclusive]) }
    package func delete() -> NetlinkRequest { write(.deleteAddress, .acknowledge) }

    private func write(_ type: RouteMessageType, _ flags: NetlinkFlags) -> NetlinkRequest {
        let request = NetlinkRequest(route: type, flags)
        request.u8(UInt8(truncatingIfNeeded: address.family.addressFamily))
        request.u8(prefix)
        request.u8(UInt8(truncatingIfNeeded: self.flags.rawValue))
        request.u8(scope)
        request.u32(interfaceIndex)
        request.attribute(RouteAttribute.interfaceLocal) { request.bytes(address.bytes) }
        return request
    }
}
