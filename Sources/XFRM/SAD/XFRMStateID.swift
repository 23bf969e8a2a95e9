package import IPsecModel
import Wire

/// What names a state: destination, SPI and protocol (`struct xfrm_usersa_id`, 24 octets), its source (which tells
/// IPComp and migrated states apart) and the mark it was installed with.
///
///     | daddr 16 | spi (u32, network order) | family (u16) | protocol (u8) | 1 |
package struct XFRMStateID: Hashable, Sendable {
    package var destination: IPAddress
    package var spi: SPI
    package var ipProtocol: XFRMProtocol
    package var source: IPAddress?
    package var mark: XFRMMark

    package init(
        destination: IPAddress, spi: SPI, ipProtocol: XFRMProtocol, source: IPAddress? = nil,
        mark: XFRMMark = XFRMMark()
    ) {
        self.destination = destination
        self.spi = spi
        self.ipProtocol = ipProtocol
        self.source = source
        self.mark = mark
    }

    static let size = 24

    init(from view: NetlinkView) throws(CodecError) {
        let family = try IPAddress.Family(addressFamily: view.u16(at: 20), at: 20)
        destination = try view.address(at: 0, family: family)
        spi = SPI(rawValue: try view.networkU32(at: 16))
        ipProtocol = try XFRMProtocol(checking: view.u8(at: 22), at: 22)
        source = nil
        mark = XFRMMark()
    }

    func write(to request: NetlinkRequest) {
        request.address(destination)
        request.networkU32(spi.rawValue)
        request.u16(destination.family.addressFamily)
        request.u8(ipProtocol.rawValue)
        request.zeros(1)
    }

    func writeAttributes(to request: NetlinkRequest) {
        if let source { request.attribute(XFRMAttribute.sourceAddress) { request.address(source) } }
        request.mark(mark)
    }
}

extension XFRMProtocol {
    init(checking value: UInt8, at offset: Int) throws(CodecError) {
        guard let known = XFRMProtocol(rawValue: value) else {
            throw .badValue(field: "IPsec protocol", offset: offset, value: UInt64(value))
        }
        self = known
    }
}

extension NetlinkRequest {
    func mark(_ mark: XFRMMark) {
        guard mark.isSet else { return }
        attribute(XFRMAttribute.mark) {
            u32(mark.value)
            u32(mark.mask)
        }
    }

    func interfaceID(_ id: UInt32) {
        if id != 0 { attribute(XFRMAttribute.interfaceID, u32: id) }
    }
}
