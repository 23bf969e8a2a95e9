package import CryptoInterface
package import Wire

/// What an SA has beside its fixed part: keys first of all.
package struct XFRMStateAttributes {
    package var encryption: Algorithm?
    package var authentication: Algorithm?
    package var aead: Algorithm?
    /// An IPComp algorithm; it has no key.
    package var compression: String?
    package var encapsulation: XFRMEncapsulation?
    package var replay: XFRMReplayState?
    package var mark = XFRMMark()
    package var setMark = XFRMMark()
    package var interfaceID: UInt32 = 0
    package var tfcPadding: UInt32 = 0
    package var extraFlags: ExtraFlags = []
    package var offload: XFRMOffload?

    package init() {}

    /// A kernel algorithm with its key.
    package struct Algorithm {
        package var name: String
        package var key: SecretBytes
        /// Bits of the ICV (AEAD) or of the cut MAC; unused for plain ciphers.
        package var icvBits: UInt32

        package init(name: String, key: SecretBytes, icvBits: UInt32 = 0) {
            self.name = name
            self.key = key
            self.icvBits = icvBits
        }
    }

    /// `XFRM_SA_XFLAG_…`
    package struct ExtraFlags: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let dontEncapsulateDSCP = ExtraFlags(rawValue: 1)
        package static let outboundSequenceMayWrap = ExtraFlags(rawValue: 2)
    }

    func write(to request: NetlinkRequest) {
        writeAlgorithms(to: request)
        if let encapsulation {
            request.attribute(XFRMAttribute.encapsulation) { encapsulation.write(to: request) }
        }
        request.mark(mark)
        if setMark.isSet {
            request.attribute(XFRMAttribute.setMark, u32: setMark.value)
            request.attribute(XFRMAttribute.setMarkMask, u32: setMark.mask)
        }
        request.interfaceID(interfaceID)
        if tfcPadding != 0 { request.attribute(XFRMAttribute.tfcPadding, u32: tfcPadding) }
        if let replay {
            request.attribute(XFRMAttribute.extendedReplayValue) { replay.write(to: request) }
        }
        if !extraFlags.isEmpty { request.attribute(XFRMAttribute.extraFlags, u32: extraFlags.rawValue) }
        if let offload { request.attribute(XFRMAttribute.offloadDevice) { offload.write(to: request) } }
    }

    /// `struct xfrm_algo`, `xfrm_algo_auth` and `xfrm_algo_aead`: a name of 64 octets, the key's length in bits, for
    /// the latter two the length of the ICV in bits, and the key.
    private func writeAlgorithms(to request: NetlinkRequest) {
        if let aead { request.algorithm(XFRMAttribute.aead, aead, hasICV: true) }
        if let encryption { request.algorithm(XFRMAttribute.encryption, encryption, hasICV: false) }
        if let authentication {
            request.algorithm(XFRMAttribute.truncatedAuthentication, authentication, hasICV: true)
        }
        if let compression {
            request.attribute(XFRMAttribute.compression) {
                request.text(compression, width: 64)
                request.u32(0)
            }
        }
    }
}

extension NetlinkRequest {
    fileprivate func algorithm(_ type: UInt16, _ algorithm: XFRMStateAttributes.Algorithm, hasICV: Bool) {
        attribute(type) {
            text(algorithm.name, width: 64)
            u32(UInt32(truncatingIfNeeded: algorithm.key.count) &* 8)
            if hasICV { u32(algorithm.icvBits) }
            secret(algorithm.key)
        }
    }
}

/// UDP encapsulation of ESP (`struct xfrm_encap_tmpl`, 24 octets; RFC 3948).
///
///     | type (u16) | source port, destination port (u16, network order) | 2 | original address 16 |
package struct XFRMEncapsulation: Hashable, Sendable {
    package var sourcePort: UInt16
    package var destinationPort: UInt16

    package init(sourcePort: UInt16, destinationPort: UInt16) {
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
    }

    /// `UDP_ENCAP_ESPINUDP`
    private static let espInUDP: UInt16 = 2

    package init(from view: NetlinkView) throws(CodecError) {
        sourcePort = try view.networkU16(at: 2)
        destinationPort = try view.networkU16(at: 4)
    }

    package func write(to request: NetlinkRequest) {
        request.u16(Self.espInUDP)
        request.networkU16(sourcePort)
        request.networkU16(destinationPort)
        request.zeros(2 + 16)
    }
}

/// Sequence numbers and the replay window beyond 32 packets (`struct xfrm_replay_state_esn`).
///
///     | words of the bitmap | oseq | seq | oseq high | seq high | window (u32 each) | bitmap … |
package struct XFRMReplayState: Hashable, Sendable {
    package var window: UInt32

    /// A fresh state for `window` packets.
    package init(window: UInt32) { self.window = window }

    /// The kernel accepts bitmaps of up to 4096 packets.
    package static let largestWindow: UInt32 = 4096

    func write(to request: NetlinkRequest) {
        let words = (window + 31) / 32
        request.u32(words)
        request.zeros(16)
        request.u32(window)
        request.zeros(Int(words) * 4)
    }
}

/// Offload of an SA to a device (`struct xfrm_user_offload`, 8 octets).
package struct XFRMOffload: Hashable, Sendable {
    package var interfaceIndex: UInt32
    package var isInbound: Bool
    /// The device does encapsulation as well, not just the cipher.
    package var isPacketMode: Bool

    package init(interfaceIndex: UInt32, isInbound: Bool, isPacketMode: Bool) {
        self.interfaceIndex = interfaceIndex
        self.isInbound = isInbound
        self.isPacketMode = isPacketMode
    }

    func write(to request: NetlinkRequest) {
        request.u32(interfaceIndex)
        request.u8((isInbound ? 2 : 0) | (isPacketMode ? 4 : 0))
        request.zeros(3)
    }
}
