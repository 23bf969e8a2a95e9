package import Wire

/// What rtnetlink says without being asked.
package enum RouteEvent: Hashable, Sendable {
    case link(NetworkInterface, isGone: Bool)
    case address(InterfaceAddress, isGone: Bool)
    case route(Route, isGone: Bool)

    /// `nil` for messages that are about something else.
    ///
    /// - Throws: ``CodecError`` for cut or impossible ones.
    package init?(_ message: NetlinkMessage) throws(CodecError) {
        switch RouteMessageType(rawValue: message.type) {
        case .newLink: self = .link(try NetworkInterface(from: message.payload), isGone: false)
        case .deleteLink: self = .link(try NetworkInterface(from: message.payload), isGone: true)
        case .newAddress:
            guard let address = try InterfaceAddress(from: message.payload) else { return nil }
            self = .address(address, isGone: false)
        case .deleteAddress:
            guard let address = try InterfaceAddress(from: message.payload) else { return nil }
            self = .address(address, isGone: true)
        case .newRoute:
            guard let route = try Route(from: message.payload) else { return nil }
            self = .route(route, isGone: false)
        case .deleteRoute:
            guard let route = try Route(from: message.payload) else { return nil }
            self = .route(route, isGone: true)
        default: return nil
        }
    }
}
