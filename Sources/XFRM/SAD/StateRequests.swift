package import IPsecModel
package import Wire

/// Requests about the SAD.
package enum StateRequest {
    /// Adds an SA; `isUpdate` fills in one that an SPI was allocated for.
    package static func add(
        _ state: XFRMState, _ attributes: XFRMStateAttributes, isUpdate: Bool = false
    ) -> NetlinkRequest {
        let request = NetlinkRequest(
            xfrm: isUpdate ? .updateSA : .newSA, [.acknowledge, .create, .exclusive])
        state.write(to: request)
        attributes.write(to: request)
        return request
    }

    package static func delete(_ id: XFRMStateID) -> NetlinkRequest { naming(id, .deleteSA, [.acknowledge]) }

    /// The kernel answers with one ``XFRMMessageType/newSA``.
    package static func get(_ id: XFRMStateID) -> NetlinkRequest { naming(id, .getSA, []) }

    package static func dump() -> NetlinkRequest { NetlinkRequest(xfrm: .getSA, .dump) }

    /// Removes all SAs of a protocol; 255: of every IPsec protocol.
    package static func flush(ipProtocol: UInt8 = 255) -> NetlinkRequest {
        let request = NetlinkRequest(xfrm: .flushSA, [.acknowledge])
        request.u8(ipProtocol)
        request.zeros(3)
        return request
    }

    /// Lets the kernel choose an SPI (`struct xfrm_userspi_info`); it answers with a ``XFRMMessageType/newSA``.
    package static func allocateSPI(_ state: XFRMState, range: ClosedRange<UInt32>) -> NetlinkRequest {
        let request = NetlinkRequest(xfrm: .allocateSPI, [])
        state.write(to: request)
        request.u32(range.lowerBound)
        request.u32(range.upperBound)
        return request
    }

    /// An SA like the one in `old` (the kernel's answer to ``get(_:)``), but with other addresses.
    ///
    /// Keys, marks, counters and replay state go from the answer straight into the request. A selector that names the
    /// old addresses themselves (transport mode) names the new ones.
    ///
    /// - Throws: ``CodecError`` if the answer is none.
    package static func moved(
        _ old: NetlinkView, source: IPAddress, destination: IPAddress, encapsulation: XFRMEncapsulation?
    ) throws(CodecError) -> NetlinkRequest {
        var state = try XFRMState(from: old)
        state.selector?.replaceHosts(state.source, by: source, state.destination, by: destination)
        state.source = source
        state.destination = destination
        let attributes = try old.attributes(from: XFRMState.size)
        return copy(state, attributes.filter { $0.type != XFRMAttribute.encapsulation }, encapsulation)
    }

    /// The SA in `old` as it is, to put it back.
    package static func restored(_ old: NetlinkView) throws(CodecError) -> NetlinkRequest {
        copy(try XFRMState(from: old), try old.attributes(from: XFRMState.size), nil)
    }

    private static func copy(
        _ state: XFRMState, _ attributes: [NetlinkAttribute], _ encapsulation: XFRMEncapsulation?
    ) -> NetlinkRequest {
        let request = NetlinkRequest(xfrm: .newSA, [.acknowledge, .create, .exclusive])
        state.write(to: request)
        if let encapsulation {
            request.attribute(XFRMAttribute.encapsulation) { encapsulation.write(to: request) }
        }
        request.attribute(XFRMAttribute.lifetimeValue) { state.usage.write(to: request) }
        for attribute in attributes where isKept(attribute.type) {
            request.attribute(attribute.type) { request.copy(attribute.value) }
        }
        return request
    }

    /// The kernel reports MACs twice: plainly, and with their length, which is the one to keep.
    private static func isKept(_ type: UInt16) -> Bool {
        switch type {
        case XFRMAttribute.aead, XFRMAttribute.encryption, XFRMAttribute.truncatedAuthentication,
            XFRMAttribute.compression, XFRMAttribute.mark, XFRMAttribute.setMark, XFRMAttribute.setMarkMask,
            XFRMAttribute.interfaceID, XFRMAttribute.tfcPadding, XFRMAttribute.extendedReplayValue,
            XFRMAttribute.replayValue, XFRMAttribute.extraFlags, XFRMAttribute.offloadDevice,
            XFRMAttribute.encapsulation:
            true
        default: false
        }
    }

    private static func naming(
        _ id: XFRMStateID, _ type: XFRMMessageType, _ flags: NetlinkFlags
    ) -> NetlinkRequest {
        let request = NetlinkRequest(xfrm: type, flags)
        id.write(to: request)
        id.writeAttributes(to: request)
        return request
    }
}

extension NetlinkRequest {
    convenience init(xfrm type: XFRMMessageType, _ flags: NetlinkFlags) {
        self.init(type: type.rawValue, flags: flags)
    }
}

/// An SA as the kernel reports it; keys are left in the message.
package struct XFRMStateReport {
    package let state: XFRMState
    package let mark: XFRMMark
    package let interfaceID: UInt32
    /// Seconds of the time of day; 0: never, or a kernel that does not say.
    package let lastUsed: UInt64

    package init(from view: NetlinkView) throws(CodecError) {
        state = try XFRMState(from: view)
        let attributes = try view.attributes(from: XFRMState.size)
        mark = try XFRMMark(from: attributes)
        interfaceID = try attributes.first(XFRMAttribute.interfaceID)?.u32(at: 0) ?? 0
        lastUsed = try attributes.first(XFRMAttribute.lastUsed)?.u64(at: 0) ?? 0
    }

    package var id: XFRMStateID {
        XFRMStateID(
            destination: state.destination, spi: state.spi, ipProtocol: state.ipProtocol, source: state.source,
            mark: mark)
    }
}

extension XFRMMark {
    init(from attributes: [NetlinkAttribute]) throws(CodecError) {
        guard let view = attributes.first(XFRMAttribute.mark) else {
            self.init()
            return
        }
        self.init(value: try view.u32(at: 0), mask: try view.u32(at: 4))
    }
}
