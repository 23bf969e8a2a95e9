package import IPsecModel
import Wire

/// Which SA a policy asks for (`struct xfrm_user_tmpl`, 64 octets).
///
///     | daddr 16 | spi (u32, network order) | protocol (u8) | 3 | family (u16) | 2 | saddr 16 | reqid (u32) |
///     | mode (u8) | share (u8) | optional (u8) | 1 | algorithms allowed: auth, enc, comp (u32 each) |
package struct XFRMTemplate: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    package var spi: SPI
    package var ipProtocol: XFRMProtocol
    package var mode: XFRMMode
    package var reqid: UInt32
    /// Packets may come without this transform.
    package var isOptional: Bool

    package init(
        source: IPAddress, destination: IPAddress, spi: SPI, ipProtocol: XFRMProtocol, mode: XFRMMode, reqid: UInt32,
        isOptional: Bool = false
    ) {
        self.source = source
        self.destination = destination
        self.spi = spi
        self.ipProtocol = ipProtocol
        self.mode = mode
        self.reqid = reqid
        self.isOptional = isOptional
    }

    static let size = 64

    init(from view: NetlinkView) throws(CodecError) {
        let family = try IPAddress.Family(addressFamily: view.u16(at: 24), at: 24)
        destination = try view.address(at: 0, family: family)
        spi = SPI(rawValue: try view.networkU32(at: 16))
        ipProtocol = try XFRMProtocol(checking: view.u8(at: 20), at: 20)
        source = try view.address(at: 28, family: family)
        reqid = try view.u32(at: 44)
        let number = try view.u8(at: 48)
        guard let mode = XFRMMode(rawValue: number) else {
            throw .badValue(field: "IPsec mode", offset: 48, value: UInt64(number))
        }
        self.mode = mode
        isOptional = try view.u8(at: 50) != 0
    }

    func write(to request: NetlinkRequest) {
        request.address(destination)
        request.networkU32(spi.rawValue)
        request.u8(ipProtocol.rawValue)
        request.zeros(3)
        request.u16(destination.family.addressFamily)
        request.zeros(2)
        request.address(source)
        request.u32(reqid)
        request.u8(mode.rawValue)
        request.u8(0)  // share: any
        request.u8(isOptional ? 1 : 0)
        request.zeros(1)
        for _ in 0..<3 { request.u32(.max) }
    }
}
