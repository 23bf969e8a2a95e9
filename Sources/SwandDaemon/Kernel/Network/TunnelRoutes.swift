package import IKESA
import IPsecModel
package import XFRM

/// Routes that go with outbound policies.
///
/// They make this machine choose a source address that the policy covers, and give the kernel a route at all where
/// there is none. Several policies can want a route to the same network; the newest is in force until it goes.
package final class TunnelRoutes {
    private let channel: any NetlinkChannel
    private let network: NetworkView
    private let settings: KernelSettings
    private let journal: KernelJournal
    private let report: (String) -> Void
    private let devices: InterfaceDevices
    private var wishes: [Destination: [(owner: XFRMPolicyKey, route: Route)]] = [:]
    /// Where policies have routes beside that to their own destination.
    private var exceptions: [XFRMPolicyKey: [Destination]] = [:]
    private var rules: [RoutingRule] = []

    private struct Destination: Hashable {
        var address: IPAddress
        var prefix: UInt8

        init(_ address: IPAddress, _ prefix: UInt8) {
            self.address = address
            self.prefix = prefix
        }
        init(_ route: Route) { self.init(route.destination, route.prefix) }
        init(_ key: XFRMPolicyKey) { self.init(key.selector.destination, key.selector.destinationPrefix) }
    }

    package init(
        channel: any NetlinkChannel, network: NetworkView, devices: InterfaceDevices, settings: KernelSettings,
        journal: KernelJournal, report: @escaping (String) -> Void
    ) {
        self.channel = channel
        self.network = network
        self.devices = devices
        self.settings = settings
        self.journal = journal
        self.report = report
    }

    /// Routes that are in force now.
    package var installed: [Route] { wishes.values.compactMap { $0.last?.route } }

    package func isOwn(_ route: Route) -> Bool {
        wishes[Destination(route)]?.last?.route.table == route.table
    }

    package var entries: [KernelEntry] { installed.map { .route($0) } + rules.map { .rule($0) } }

    // MARK: The rule

    /// `from all lookup 220` for both families; a rule that is there already is not ours to remove.
    package func addRules() {
        guard settings.installRoutes, settings.routingTable != 0 else { return }
        for family in [IPAddress.Family.v4, .v6] {
            let rule = RoutingRule(
                family: family, table: settings.routingTable, priority: settings.routingTablePriority,
                mark: settings.ruleMark, isMarkInverted: settings.isRuleMarkInverted)
            do throws(NetlinkFailure) {
                try channel.transact(rule.add())
                rules.append(rule)
                journal.add(.rule(rule))
            } catch {
                let isMissingFamily = family == .v6 && error.code == NetlinkFailure.noAddressFamily
                guard error.code != NetlinkFailure.exists, !isMissingFamily else { continue }
                report("no rule for routing table \(settings.routingTable): \(error.reason)")
            }
        }
    }

    package func removeAll() {
        for (_, owners) in wishes {
            guard let route = owners.last?.route else { continue }
            try? channel.transact(route.delete())
            journal.remove(.route(route))
        }
        wishes.removeAll()
        exceptions.removeAll()
        for rule in rules {
            try? channel.transact(rule.delete())
            journal.remove(.rule(rule))
        }
        rules.removeAll()
    }

    // MARK: Routes of policies

    /// Installs what belongs to a policy that is now in force, in place of what belonged to it before. What must not
    /// enter the tunnel is excepted before anything is led there.
    package func set(_ policy: PolicyParameters, key: XFRMPolicyKey) {
        let route = route(for: policy, key: key)
        let beside = route.map { self.exceptions(from: $0, policy) } ?? []
        let places = beside.map { Destination($0) }
        for place in exceptions[key] ?? [] where !places.contains(place) { withdraw(key, place) }
        exceptions[key] = places.isEmpty ? nil : places
        for exception in beside { wish(exception, key) }
        if let route { wish(route, key) } else { withdraw(key, Destination(key)) }
    }

    package func remove(_ key: XFRMPolicyKey) {
        withdraw(key, Destination(key))
        for place in exceptions.removeValue(forKey: key) ?? [] { withdraw(key, place) }
    }

    private func wish(_ route: Route, _ key: XFRMPolicyKey) {
        let destination = Destination(route)
        var owners = wishes[destination] ?? []
        if owners.last?.owner == key, owners.last?.route == route {
            reinstall(route)
            return
        }
        let before = owners.last?.route
        owners.removeAll { $0.owner == key }
        guard install(route, replacing: before) else {
            if let before, owners.last?.route != before { restore(owners, at: destination, gone: before) }
            return
        }
        owners.append((key, route))
        wishes[destination] = owners
    }

    /// Puts a route back that went with an interface or an address; does nothing where it is still there.
    private func reinstall(_ route: Route) {
        try? channel.transact(route.add(replacing: true))
    }

    private func withdraw(_ key: XFRMPolicyKey, _ destination: Destination) {
        guard var owners = wishes[destination], let place = owners.firstIndex(where: { $0.owner == key }) else {
            return
        }
        let wasInForce = place == owners.count - 1
        let gone = owners.remove(at: place).route
        if wasInForce {
            restore(owners, at: destination, gone: gone)
        } else {
            wishes[destination] = owners
        }
    }

    /// Puts the newest of the remaining routes into force.
    private func restore(
        _ owners: [(owner: XFRMPolicyKey, route: Route)], at destination: Destination, gone: Route
    ) {
        guard let next = owners.last else {
            wishes[destination] = nil
            try? channel.transact(gone.delete())
            journal.remove(.route(gone))
            return
        }
        wishes[destination] = owners
        if next.route != gone { _ = install(next.route, replacing: gone) }
    }

    private func install(_ route: Route, replacing old: Route?) -> Bool {
        // IPv6 would add another route beside the old one if the next hop differs.
        if let old, old != route {
            try? channel.transact(old.delete())
            journal.remove(.route(old))
        }
        do throws(NetlinkFailure) {
            try channel.transact(route.add(replacing: true))
            if old != route { journal.add(.route(route)) }
            return true
        } catch {
            report("no route to \(route.destination)/\(route.prefix): \(error.reason)")
            return false
        }
    }

    /// The route that belongs to the policy; `nil` if none.
    ///
    /// Policies for some protocols or ports have none, because a route catches all packets. What an XFRM interface
    /// protects is what is routed to it: that is ours to do where the interface is of our making.
    package func route(for policy: PolicyParameters, key: XFRMPolicyKey) -> Route? {
        let selector = key.selector
        guard settings.installRoutes, policy.installRoute, policy.direction == .outbound,
            selector.ipProtocol == 0, selector.sourcePort == .any, selector.destinationPort == .any
        else { return nil }
        var route = Route(destination: selector.destination, prefix: selector.destinationPrefix, table: table)
        switch policy.action {
        case .drop:
            return nil
        case .pass:
            // Goes on with the main table, past the tunnel routes of wider networks.
            route.kind = .throw
            return route
        case .protect(let template):
            guard template.mode.kernelMode != .transport, !policy.remote.isAny else { return nil }
            guard policy.interfaceID == 0 else { return lead(&route, policy) ? route : nil }
            return complete(&route, policy) ? route : nil
        }
    }

    private var table: UInt32 { settings.routingTable == 0 ? Route.mainTable : settings.routingTable }

    /// Over the policy's XFRM interface, if that is one of ours.
    private func lead(_ route: inout Route, _ policy: PolicyParameters) -> Bool {
        guard let name = policy.interface, let index = devices.madeIndex(name) else { return false }
        route.interfaceIndex = index
        setSource(&route, policy)
        return true
    }

    /// What lies within the destination of a route over one of our devices and must not enter it: the peer, or packets
    /// would be protected again and again, and the networks at this end.
    private func exceptions(from route: Route, _ policy: PolicyParameters) -> [Route] {
        guard route.kind == .unicast, policy.interfaceID != 0 else { return [] }
        let peer = Destination(policy.remote, UInt8(truncatingIfNeeded: policy.remote.family.bits))
        guard table != Route.mainTable else { return [underlay(peer)].compactMap { $0 }.filter { $0.isInside(route) } }
        let own = policy.source.network
        let here = network.connectedNetworks(route.destination.family).map { Destination($0.address, $0.prefix) }
            + [Destination(own.address, UInt8(truncatingIfNeeded: own.prefix))]
        var places: Set<Destination> = []
        return ([peer] + here).filter { places.insert($0).inserted }.map { place in
            var exception = Route(destination: place.address, prefix: place.prefix, table: table)
            exception.kind = .throw
            return exception
        }.filter { $0.isInside(route) }
    }

    /// The way to the peer as it is without our routes.
    private func underlay(_ peer: Destination) -> Route? {
        guard let hop = network.nextHop(toward: peer.address) else { return nil }
        var route = Route(destination: peer.address, prefix: peer.prefix, table: table)
        route.interfaceIndex = hop.interfaceIndex
        route.gateway = hop.gateway
        return route
    }

    private func complete(_ route: inout Route, _ policy: PolicyParameters) -> Bool {
        setSource(&route, policy)
        guard route.preferredSource != nil || policy.source.network.prefix == 0,
            let hop = network.nextHop(toward: policy.remote)
        else { return false }
        route.interfaceIndex = hop.interfaceIndex
        if policy.remote.family == route.destination.family { route.gateway = hop.gateway ?? policy.remote }
        route.mtu = settings.routeMTU
        route.mss = settings.routeMSS
        return true
    }

    private func setSource(_ route: inout Route, _ policy: PolicyParameters) {
        route.preferredSource =
            policy.source.network.prefix > 0
            ? network.address(inside: policy.source, preferring: policy.virtualIPs)
            : policy.virtualIPs.first { $0.family == policy.source.family }
    }
}

extension Route {
    /// Whether it is more specific than `other`.
    fileprivate func isInside(_ other: Route) -> Bool {
        destination.family == other.destination.family && prefix > other.prefix
            && destination.isInside(other.destination, prefix: Int(other.prefix))
    }
}
