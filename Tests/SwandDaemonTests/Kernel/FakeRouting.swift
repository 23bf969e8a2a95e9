import IPsecModel
import XFRM

@testable import SwandDaemon

/// A routing table in memory: one link after the other, addresses, and routes that are added and removed.
final class FakeRouting: NetlinkChannel {
    var links: [(index: UInt32, name: String)] = [(1, "lo"), (2, "eth0")]
    var addresses = [
        InterfaceAddress(address: alice, prefix: 24, interfaceIndex: 2),
        InterfaceAddress(address: IPAddress("10.1.0.1")!, prefix: 16, interfaceIndex: 2),
    ]
    /// What a look-up answers, whatever the destination.
    var answer: Route? = {
        var route = Route(destination: bob, prefix: 32)
        route.interfaceIndex = 2
        route.preferredSource = alice
        return route
    }()
    /// What a dump shows beside what was added.
    var others: [Route] = []
    private(set) var routes: [Route] = []
    private(set) var rules = 0

    func transact(_ request: NetlinkRequest, _ receive: (NetlinkMessage) -> Void) throws(NetlinkFailure) {
        request.seal(sequence: 1)
        guard let message = Self.message(request) else { throw NetlinkFailure(code: NetlinkFailure.badMessage) }
        switch RouteMessageType(rawValue: request.type) {
        case .getLink:
            for link in links { Self.hand(Self.link(link.index, link.name), to: receive) }
        case .getAddress:
            for address in addresses { Self.hand(address.add(), to: receive) }
        case .getRoute where message.flags.contains(.dump):
            for route in others + routes { Self.hand(route.add(replacing: true), to: receive) }
        case .getRoute:
            guard let answer else { throw NetlinkFailure(code: NetlinkFailure.noEntry) }
            Self.hand(answer.add(replacing: true), to: receive)
        case .newRoute: add(message)
        case .deleteRoute: remove(message)
        case .newRule: rules += 1
        case .deleteRule: rules -= 1
        case .newAddress:
            if let address = (try? InterfaceAddress(from: message.payload)) ?? nil { addresses.append(address) }
        case .deleteAddress:
            if let gone = (try? InterfaceAddress(from: message.payload)) ?? nil {
                addresses.removeAll { $0.address == gone.address }
            }
        default:
            throw NetlinkFailure(code: NetlinkFailure.invalid)
        }
    }

    private func add(_ message: NetlinkMessage) {
        guard let route = (try? Route(from: message.payload)) ?? nil else { return }
        routes.removeAll { $0.destination == route.destination && $0.prefix == route.prefix }
        routes.append(route)
    }

    private func remove(_ message: NetlinkMessage) {
        guard let gone = (try? Route(from: message.payload)) ?? nil else { return }
        routes.removeAll { $0.destination == gone.destination && $0.prefix == gone.prefix }
    }

    private static func link(_ index: UInt32, _ name: String) -> NetlinkRequest {
        let request = NetlinkRequest(type: RouteMessageType.newLink.rawValue, flags: [])
        request.u32(0)
        request.u32(index)
        request.u32(name == "lo" ? 0x49 : 0x41)
        request.u32(0)
        request.attribute(3) { request.text(name, width: 16) }
        return request
    }

    private static func hand(_ request: NetlinkRequest, to receive: (NetlinkMessage) -> Void) {
        request.seal(sequence: 1)
        if let message = message(request) { receive(message) }
    }

    private static func message(_ request: NetlinkRequest) -> NetlinkMessage? {
        var reader = NetlinkMessageReader(NetlinkView(request.buffer))
        return (try? reader.next()) ?? nil
    }
}
