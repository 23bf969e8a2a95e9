/// Message types of rtnetlink (`RTM_…`).
package enum RouteMessageType: UInt16, Sendable {
    case newLink = 16
    case deleteLink = 17
    case getLink = 18
    case newAddress = 20
    case deleteAddress = 21
    case getAddress = 22
    case newRoute = 24
    case deleteRoute = 25
    case getRoute = 26
    case newRule = 32
    case deleteRule = 33
    case getRule = 34
}

/// Attribute numbers of rtnetlink, by the message they belong to.
enum RouteAttribute {
    static let destination: UInt16 = 1
    static let outputInterface: UInt16 = 4
    static let gateway: UInt16 = 5
    static let priority: UInt16 = 6
    static let preferredSource: UInt16 = 7
    static let metrics: UInt16 = 8
    static let table: UInt16 = 15
    /// A next hop of the other family: its address family (u16) and the address.
    static let via: UInt16 = 18

    /// Inside of `metrics`.
    static let metricMTU: UInt16 = 2
    static let metricMSS: UInt16 = 8

    static let ruleMark: UInt16 = 10
    static let ruleMarkMask: UInt16 = 16

    static let interfaceAddress: UInt16 = 1
    static let interfaceLocal: UInt16 = 2
    static let interfaceAddressFlags: UInt16 = 8

    static let linkName: UInt16 = 3
    static let linkMTU: UInt16 = 4
    static let linkInfo: UInt16 = 18
    /// Within `linkInfo`.
    static let linkKind: UInt16 = 1
    static let linkData: UInt16 = 2
    /// Within `linkData` of an XFRM interface.
    static let xfrmInterfaceID: UInt16 = 2
}

extension NetlinkRequest {
    convenience init(route type: RouteMessageType, _ flags: NetlinkFlags) {
        self.init(type: type.rawValue, flags: flags, reserving: 128)
    }
}
