import IPsecModel
import XFRM

@testable import SwandDaemon

/// A routing table in memory: one link after the other, addresses, and routes that are added and removed.
final class FakeRouting: NetlinkChannel {
    var links = [
        NetworkInterface(index: 1, name: "lo", isLoopback: true), NetworkInterface(index: 2, name: "eth0"),
    ]
    /// A kernel without the module.
    var refusesDevices = false
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
            for link in links { Self.hand(Self.link(link), to: receive) }
        case .newLink: try addLink(message)
        case .deleteLink:
            let index = (try? message.payload.u32(at: 4)) ?? 0
            guard links.contains(where: { $0.index == index }) else { throw NetlinkFailure(code: 19) }
            links.removeAll { $0.index == index }
            routes.removeAll { $0.interfaceIndex == index }
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

    static func device(_ name: String, id: UInt32, index: UInt32) -> NetworkInterface {
        var link = NetworkInterface(index: index, name: name)
        link.kind = "xfrm"
        link.interfaceID = id
        return link
    }

    /// A new device, or another MTU of one that is there.
    private func addLink(_ message: NetlinkMessage) throws(NetlinkFailure) {
        guard var link = try? NetworkInterface(from: message.payload) else {
            throw NetlinkFailure(code: NetlinkFailure.invalid)
        }
        if let place = links.firstIndex(where: { $0.index == link.index }) {
            links[place].mtu = link.mtu
            return
        }
        guard !refusesDevices else { throw NetlinkFailure(code: NetlinkFailure.notSupported) }
        guard !links.contains(where: { $0.name == link.name || $0.interfaceID == link.interfaceID ?? 0 }) else {
            throw NetlinkFailure(code: NetlinkFailure.exists)
        }
        link.index = 20 + UInt32(links.count)
        links.append(link)
    }

    private static func link(_ link: NetworkInterface) -> NetlinkRequest {
        let request = NetlinkRequest(type: RouteMessageType.newLink.rawValue, flags: [])
        request.u32(0)
        request.u32(link.index)
        request.u32((link.isUp ? 0x41 : 0x40) | (link.isLoopback ? 0x8 : 0))
        request.u32(0)
        request.attribute(3) { request.text(link.name, width: 16) }
        request.attribute(4, u32: link.mtu)
        guard let id = link.interfaceID else { return request }
        request.attribute(18) {
            request.attribute(1) { request.text("xfrm", width: 5) }
            request.attribute(2) { request.attribute(2, u32: id) }
        }
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
