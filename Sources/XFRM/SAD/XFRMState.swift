package import IPsecModel
package import Wire

/// The fixed part of an SA in the SAD (`struct xfrm_usersa_info`, 224 octets).
///
///     | selector 56 | daddr 16 | spi (u32, network order) | protocol (u8) | 3 | saddr 16 | lifetime 64 | usage 32 |
///     | statistics 12 | sequence (u32) | reqid (u32) | family (u16) | mode (u8) | replay window (u8) | flags (u8) | 7 |
package struct XFRMState: Hashable, Sendable {
    /// Inner packets that the SA is for; `nil`: whatever the policies send, of either family.
    package var selector: XFRMSelector?
    package var source: IPAddress
    package var destination: IPAddress
    package var spi: SPI
    package var ipProtocol: XFRMProtocol
    package var mode: XFRMMode
    package var reqid: UInt32
    package var lifetime = XFRMLifetime()
    package var usage = XFRMUsage()
    /// Of the acquire that this state answers; 0: none.
    package var sequence: UInt32 = 0
    package var replayWindow: UInt8 = 0
    package var flags: Flags = []

    package static let size = 224

    package init(
        source: IPAddress, destination: IPAddress, spi: SPI, ipProtocol: XFRMProtocol, mode: XFRMMode, reqid: UInt32
    ) {
        self.source = source
        self.destination = destination
        self.spi = spi
        self.ipProtocol = ipProtocol
        self.mode = mode
        self.reqid = reqid
    }

    /// `XFRM_STATE_…`
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let noECN = Flags(rawValue: 1)
        package static let decapsulateDSCP = Flags(rawValue: 2)
        package static let noPathMTUDiscovery = Flags(rawValue: 4)
        package static let wildReceive = Flags(rawValue: 8)
        package static let icmp = Flags(rawValue: 16)
        /// The inner family is either.
        package static let anyFamily = Flags(rawValue: 32)
        package static let align4 = Flags(rawValue: 64)
        package static let extendedSequenceNumbers = Flags(rawValue: 128)
    }

    /// A question of the kernel that is not answered yet: a packet waits for an SA that nobody has added.
    package var isOpenQuestion: Bool { spi.isZero && reqid != 0 }

    package var hasPassedSoftLimit: Bool {
        usage.bytes >= lifetime.softBytes || usage.packets >= lifetime.softPackets
    }

    package init(from view: NetlinkView) throws(CodecError) {
        let family = try IPAddress.Family(addressFamily: view.u16(at: 212), at: 212)
        if try view.u16(at: 40) != 0 { selector = try XFRMSelector(from: view.sub(0, XFRMSelector.size)) }
        destination = try view.address(at: 56, family: family)
        spi = SPI(rawValue: try view.networkU32(at: 72))
        ipProtocol = try XFRMProtocol(checking: view.u8(at: 76), at: 76)
        source = try view.address(at: 80, family: family)
        lifetime = try XFRMLifetime(from: view.sub(96, XFRMLifetime.size))
        usage = try XFRMUsage(from: view.sub(160, XFRMUsage.size))
        sequence = try view.u32(at: 204)
        reqid = try view.u32(at: 208)
        let number = try view.u8(at: 214)
        guard let mode = XFRMMode(rawValue: number) else {
            throw .badValue(field: "IPsec mode", offset: 214, value: UInt64(number))
        }
        self.mode = mode
        replayWindow = try view.u8(at: 215)
        flags = Flags(rawValue: try view.u8(at: 216))
        _ = try view.sub(0, Self.size)
    }

    func write(to request: NetlinkRequest) {
        if let selector { selector.write(to: request) } else { request.zeros(XFRMSelector.size) }
        request.address(destination)
        request.networkU32(spi.rawValue)
        request.u8(ipProtocol.rawValue)
        request.zeros(3)
        request.address(source)
        lifetime.write(to: request)
        usage.write(to: request)
        request.zeros(12)  // statistics
        request.u32(sequence)
        request.u32(reqid)
        request.u16(source.family.addressFamily)
        request.u8(mode.rawValue)
        request.u8(replayWindow)
        request.u8(flags.rawValue)
        request.zeros(7)
    }
}
