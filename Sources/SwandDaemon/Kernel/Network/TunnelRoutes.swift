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
    private var wishes: [Destination: [(owner: XFRMPolicyKey, route: Route)]] = [:]
    private var rules: [RoutingRule] = []

    private struct Destination: Hashable {
        var address: IPAddress
        var prefix: UInt8
    }

    package init(
        channel: any NetlinkChannel, network: NetworkView, settings: KernelSettings, journal: KernelJournal,
        report: @escaping (String) -> Void
    ) {
        self.channel = channel
        self.network = network
        self.settings = settings
        self.journal = journal
        self.report = report
    }

    /// Routes that are in force now.
    package var installed: [Route] { wishes.values.compactMap { $0.last?.route } }

    package func isOwn(_ route: Route) -> Bool {
        wishes[Destination(address: route.destination, prefix: route.prefix)]?.last?.route.table == route.table
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
        for rule in rules {
            try? channel.transact(rule.delete())
            journal.remove(.rule(rule))
        }
        rules.removeAll()
    }

    // MARK: Routes of policies

    /// Installs what belongs to a policy that is now in force, in place of what belonged to it before.
    package func set(_ policy: PolicyParameters, key: XFRMPolicyKey) {
        guard let route = route(for: policy, key: key) else {
            remove(key)
            return
        }
        let destination = Destination(address: route.destination, prefix: route.prefix)
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

    package func remove(_ key: XFRMPolicyKey) {
        let destination = Destination(address: key.selector.destination, prefix: key.selector.destinationPrefix)
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
            journal.add(.route(route))
            return true
        } catch {
            report("no route to \(route.destination)/\(route.prefix): \(error.reason)")
            return false
        }
    }

    /// The route that charon installs for the policy; `nil` if none.
    ///
    /// Policies for some protocols or ports have none, because a route catches all packets; those of an XFRM
    /// interface have none, because that interface is what is routed to.
    package func route(for policy: PolicyParameters, key: XFRMPolicyKey) -> Route? {
        let selector = key.selector
        guard settings.installRoutes, policy.installRoute, policy.direction == .outbound, policy.interfaceID == 0,
            selector.ipProtocol == 0, selector.sourcePort == .any, selector.destinationPort == .any
        else { return nil }
        let table = settings.routingTable == 0 ? Route.mainTable : settings.routingTable
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
            return complete(&route, policy) ? route : nil
        }
    }

    private func complete(_ route: inout Route, _ policy: PolicyParameters) -> Bool {
        if policy.source.network.prefix > 0 {
            guard let source = network.address(inside: policy.source, preferring: policy.virtualIPs) else {
                return false
            }
            route.preferredSource = source
        } else {
            route.preferredSource = policy.virtualIPs.first { $0.family == policy.source.family }
        }
        guard let hop = network.nextHop(toward: policy.remote) else { return false }
        route.interfaceIndex = hop.interfaceIndex
        if policy.remote.family == route.destination.family { route.gateway = hop.gateway ?? policy.remote }
        route.mtu = settings.routeMTU
        route.mss = settings.routeMSS
        return true
    }
}
