/// Message types of the XFRM netlink family (`XFRM_MSG_…`).
package enum XFRMMessageType: UInt16, Sendable {
    case newSA = 0x10
    case deleteSA
    case getSA
    case newPolicy
    case deletePolicy
    case getPolicy
    case allocateSPI
    case acquire
    case expire
    case updatePolicy
    case updateSA
    case policyExpire
    case flushSA
    case flushPolicy
    case newAE
    case getAE
    case report
    case migrate
    case newSADInfo
    case getSADInfo
    case newSPDInfo
    case getSPDInfo
    case mapping
}

/// Attribute types of the XFRM netlink family (`XFRMA_…`).
package enum XFRMAttribute {
    package static let authentication: UInt16 = 1
    package static let encryption: UInt16 = 2
    package static let compression: UInt16 = 3
    package static let encapsulation: UInt16 = 4
    package static let template: UInt16 = 5
    package static let lifetimeValue: UInt16 = 9
    package static let replayValue: UInt16 = 10
    package static let sourceAddress: UInt16 = 13
    package static let lastUsed: UInt16 = 15
    package static let policyType: UInt16 = 16
    package static let migrate: UInt16 = 17
    package static let aead: UInt16 = 18
    package static let truncatedAuthentication: UInt16 = 20
    package static let mark: UInt16 = 21
    package static let tfcPadding: UInt16 = 22
    package static let extendedReplayValue: UInt16 = 23
    package static let extraFlags: UInt16 = 24
    package static let offloadDevice: UInt16 = 28
    package static let setMark: UInt16 = 29
    package static let setMarkMask: UInt16 = 30
    package static let interfaceID: UInt16 = 31
}

/// IP protocol numbers of the transforms.
package enum XFRMProtocol: UInt8, Hashable, Sendable {
    case esp = 50
    case ah = 51
    case ipcomp = 108
}

/// `XFRM_MODE_…`.
package enum XFRMMode: UInt8, Hashable, Sendable {
    case transport = 0
    case tunnel = 1
    case beet = 4
}

/// `XFRM_POLICY_IN`, `OUT` and `FWD`.
package enum XFRMDirection: UInt8, Hashable, Sendable {
    case inbound = 0
    case outbound = 1
    case forward = 2
}

/// A mark and its mask (`struct xfrm_mark`).
package struct XFRMMark: Hashable, Sendable {
    package var value: UInt32
    package var mask: UInt32

    package init(value: UInt32 = 0, mask: UInt32 = 0) {
        self.value = value
        self.mask = mask
    }

    package var isSet: Bool { value != 0 || mask != 0 }
}
