package import IKESA
package import IPsecModel
package import XFRM

/// This machine's interfaces, addresses and routes, as far as IKE has to know them.
///
/// Interfaces and addresses are kept between calls once somebody watches the kernel's events and calls
/// ``invalidate()``; until then every question goes to the kernel.
package final class NetworkView {
    private let channel: any NetlinkChannel
    private let settings: KernelSettings
    private var cached: Snapshot?
    private var subnets: [AttachedSubnet]?
    /// Whether ``invalidate()`` is called when something changes.
    package var isWatched = false
    /// Addresses that were assigned to us by peers: nothing is sent to peers from them.
    package private(set) var virtualAddresses: Set<IPAddress> = []
    /// XFRM interfaces of our CHILD_SAs: IKE and ESP travel below them, never through them.
    package private(set) var tunnelDevices: Set<String> = []

    private struct Snapshot {
        var interfaces: [UInt32: NetworkInterface] = [:]
        var addresses: [InterfaceAddress] = []
    }

    /// The way toward an address.
    package struct NextHop: Equatable, Sendable {
        package var gateway: IPAddress?
        package var interfaceIndex: UInt32
        package var preferredSource: IPAddress?
    }

    package init(channel: any NetlinkChannel, settings: KernelSettings) {
        self.channel = channel
        self.settings = settings
    }

    package func invalidate() {
        cached = nil
        subnets = nil
    }

    /// Routes to networks on our links have changed, and no address.
    package func invalidateSubnets() { subnets = nil }

    package func setVirtual(_ address: IPAddress, _ isVirtual: Bool) {
        if isVirtual { virtualAddresses.insert(address) } else { virtualAddresses.remove(address) }
        invalidate()
    }

    package func setTunnelDevice(_ name: String, _ isOne: Bool) {
        if isOne { tunnelDevices.insert(name) } else { tunnelDevices.remove(name) }
        invalidate()
    }

    // MARK: Interfaces and addresses

    /// Whether IKE and ESP may use an interface.
    package func isUsed(_ name: String) -> Bool { settings.isUsed(name) && !tunnelDevices.contains(name) }

    package func interfaces() -> [NetworkInterface] { Array(snapshot().interfaces.values) }

    package func interface(named name: String) -> NetworkInterface? {
        snapshot().interfaces.values.first { $0.name == name }
    }

    package func interface(of address: IPAddress) -> NetworkInterface? {
        let snapshot = snapshot()
        return snapshot.addresses.first { $0.address == address }.flatMap { snapshot.interfaces[$0.interfaceIndex] }
    }

    package func interfaceName(index: UInt32) -> String? { snapshot().interfaces[index]?.name }

    package func isLocal(_ address: IPAddress) -> Bool {
        if snapshot().addresses.contains(where: { $0.address == address }) { return true }
        // A route of kind local can deliver a whole network to this machine.
        let answer = try? channel.query(Route.lookup(address)) { try Route.answer($0, to: address) }
        return answer?.kind == .local
    }

    /// Addresses that IKE can be spoken from: of used interfaces that are up, neither loopback, link-local nor virtual.
    package func usableAddresses() -> [IPAddress] {
        let snapshot = snapshot()
        return snapshot.addresses.compactMap { entry in
            guard let interface = snapshot.interfaces[entry.interfaceIndex], interface.isUp, !interface.isLoopback,
                isUsed(interface.name), isCandidate(entry), !entry.address.isLinkLocal
            else { return nil }
            return entry.address
        }
    }

    /// Whether packets that came in by the interface with this index are for us to answer.
    package func isUsed(interfaceIndex: UInt32) -> Bool {
        settings.isUsed(snapshot().interfaces[interfaceIndex]?.name ?? "")
    }

    /// An address of ours that lies inside a traffic selector, virtual ones first.
    package func address(inside selector: TrafficSelector, preferring virtual: [IPAddress]) -> IPAddress? {
        if let own = virtual.first(where: { selector.contains($0) }) { return own }
        return snapshot().addresses.first { $0.isUsable && selector.contains($0.address) }?.address
    }

    /// Networks that interfaces other than tunnels are connected to.
    package func connectedNetworks(_ family: IPAddress.Family) -> [(address: IPAddress, prefix: UInt8)] {
        let snapshot = snapshot()
        return snapshot.addresses.compactMap { entry in
            guard entry.address.family == family, Int(entry.prefix) < family.bits,
                let interface = snapshot.interfaces[entry.interfaceIndex], !interface.isLoopback,
                interface.kind != NetworkInterface.xfrmKind
            else { return nil }
            let mask = IPAddress.mask(family, length: Int(entry.prefix))
            return (IPAddress(family: family, value: entry.address.value & mask), entry.prefix)
        }
    }

    // MARK: Routes

    /// The address that packets toward `destination` have to be sent from.
    package func sourceAddress(toward destination: IPAddress) -> IPAddress? {
        guard let hop = nextHop(toward: destination) else { return nil }
        // A link-local address reaches link-local peers only.
        let candidates = snapshot().addresses.filter {
            $0.interfaceIndex == hop.interfaceIndex && $0.address.family == destination.family && isCandidate($0)
                && $0.address.isLinkLocal == destination.isLinkLocal
        }
        if let source = hop.preferredSource, !virtualAddresses.contains(source) {
            return counterpart(of: source, among: candidates)
        }
        return (candidates.first { $0.isTemporary == settings.prefersTemporaryAddresses } ?? candidates.first)?.address
    }

    /// The kernel may choose a temporary address (RFC 8981), which would end with the next change of it: the lasting one
    /// of the same network is taken, or the other way round where that is wanted.
    private func counterpart(of source: IPAddress, among candidates: [InterfaceAddress]) -> IPAddress {
        guard let chosen = candidates.first(where: { $0.address == source }),
            chosen.isTemporary != settings.prefersTemporaryAddresses
        else { return source }
        return candidates.first {
            $0.isTemporary == settings.prefersTemporaryAddresses && $0.prefix == chosen.prefix
                && $0.address.isInside(source, prefix: Int(chosen.prefix))
        }?.address ?? source
    }

    /// Whether a route toward `destination` goes through the interface that has `source`; the best route of all may
    /// go through another.
    package func hasRoute(toward destination: IPAddress, from source: IPAddress) -> Bool {
        guard source.family == destination.family else { return false }
        let snapshot = snapshot()
        let own = snapshot.addresses.filter { $0.address == source && isCandidate($0) }
        let interfaces = Set(own.map(\.interfaceIndex)).filter { snapshot.interfaces[$0]?.isUp ?? false }
        guard !interfaces.isEmpty else { return false }
        // The kernel's choice costs one question; all routes are only asked for where it does not fit, or where there
        // is none for packets that have no source address yet.
        if let best = nextHop(toward: destination),
            interfaces.contains(best.interfaceIndex) || best.preferredSource == source
        {
            return true
        }
        return allowedRoutes(toward: destination).contains { interfaces.contains($0.interfaceIndex) }
    }

    /// The kernel's own choice, unless that is a route of ours or by an interface that is not used: IKE has to travel
    /// outside the tunnels that it makes.
    package func nextHop(toward destination: IPAddress) -> NextHop? {
        let answer = try? channel.query(Route.lookup(destination)) { try Route.answer($0, to: destination) }
        guard let route = answer else { return nil }
        if isAllowed(route) { return hop(route) }
        return bestRoute(toward: destination).map(hop)
    }

    /// The MTU of the interface that leads toward `destination`.
    package func linkMTU(toward destination: IPAddress) -> UInt32? {
        nextHop(toward: destination).flatMap { snapshot().interfaces[$0.interfaceIndex]?.mtu }
    }

    private func bestRoute(toward destination: IPAddress) -> Route? {
        allowedRoutes(toward: destination).max { ($0.prefix, UInt64($1.priority)) < ($1.prefix, UInt64($0.priority)) }
    }

    private func allowedRoutes(toward destination: IPAddress) -> [Route] {
        let routes = try? channel.dump({ Route.dump(destination.family) }) { message in
            try Route(from: message.payload)
        }
        return (routes ?? []).filter { isAllowed($0) && destination.isInside($0.destination, prefix: Int($0.prefix)) }
    }

    /// Networks of the main table that need no next hop, but for loopback and for a route to everything.
    ///
    /// These are the kernel's own for the addresses of interfaces that are up, and those that an administrator has
    /// added. Asking costs a list of all routes, so the answer is kept until one of that kind changes.
    package func attachedSubnets() -> [AttachedSubnet] {
        if let subnets, isWatched { return subnets }
        let interfaces = snapshot().interfaces
        var found: [AttachedSubnet] = []
        for family in [IPAddress.Family.v4, .v6] {
            let routes = try? channel.dump({ Route.dump(family) }) { try Route(from: $0.payload) }
            for route in routes ?? [] where route.isOnLink {
                guard let interface = interfaces[route.interfaceIndex], interface.isUp, !interface.isLoopback,
                    settings.isUsed(interface.name)
                else { continue }
                let network = TrafficSelector(network: route.destination, prefix: Int(route.prefix))
                guard !found.contains(where: { $0.network == network && $0.interface == interface.name }) else { continue }
                found.append(AttachedSubnet(network: network, interface: interface.name))
            }
        }
        subnets = found
        return found
    }

    private func isAllowed(_ route: Route) -> Bool {
        guard route.kind == .unicast || route.kind == .local else { return false }
        if route.table == settings.routingTable || settings.ignoredRoutingTables.contains(route.table) { return false }
        guard route.kind == .unicast, let name = interfaceName(index: route.interfaceIndex) else { return true }
        return isUsed(name)
    }

    private func hop(_ route: Route) -> NextHop {
        NextHop(
            gateway: route.gateway, interfaceIndex: route.interfaceIndex, preferredSource: route.preferredSource)
    }

    private func isCandidate(_ entry: InterfaceAddress) -> Bool {
        entry.isUsable && !entry.flags.contains(.deprecated) && !virtualAddresses.contains(entry.address)
    }

    private func snapshot() -> Snapshot {
        if let cached, isWatched { return cached }
        var fresh = Snapshot()
        let links = try? channel.dump({ NetworkInterface.dump() }) { message in
            message.type == RouteMessageType.newLink.rawValue ? try NetworkInterface(from: message.payload) : nil
        }
        for link in links ?? [] { fresh.interfaces[link.index] = link }
        let addresses = try? channel.dump({ InterfaceAddress.dump() }) { message in
            message.type == RouteMessageType.newAddress.rawValue ? try InterfaceAddress(from: message.payload) : nil
        }
        fresh.addresses = addresses ?? []
        cached = fresh
        return fresh
    }
}
