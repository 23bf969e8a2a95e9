package import IKESA
import IPsecModel
import XFRM

/// Policies in the kernel's SPD, and the routes that go with them.
package final class PolicyInstaller {
    private let channel: any NetlinkChannel
    private let states: StateInstaller
    private let routes: TunnelRoutes
    private let network: NetworkView
    private let journal: KernelJournal
    private var table = PolicyTable()
    /// The interface index of each policy that is restricted to one, and how many owners the policy has.
    private var restrictions: [PolicyParameters: (index: UInt32, owners: Int)] = [:]

    package init(
        channel: any NetlinkChannel, states: StateInstaller, routes: TunnelRoutes, network: NetworkView,
        journal: KernelJournal
    ) {
        self.channel = channel
        self.states = states
        self.routes = routes
        self.network = network
        self.journal = journal
    }

    package var count: Int { table.count }
    package var entries: [KernelEntry] { table.keys.map { .policy($0) } }

    package func add(_ parameters: PolicyParameters) throws(KernelError) {
        let entry = entry(parameters, try restrict(parameters))
        if let other = table.conflict(with: entry), parameters.policyClass == .established {
            lift(parameters)
            throw KernelError(
                request: Self.request("add", parameters), code: NetlinkFailure.exists,
                reason: "the same policy for reqid \(other) exists")
        }
        let change = table.add(entry)
        do {
            try apply(change)
        } catch {
            _ = table.remove(entry)
            lift(parameters)
            throw error.asKernelError(Self.request("add", parameters))
        }
        if change != .none { setRoute(entry.policy.key) }
    }

    package func delete(_ parameters: PolicyParameters) throws(KernelError) {
        let entry = entry(parameters, restrictions[parameters]?.index ?? 0)
        lift(parameters)
        guard let change = table.remove(entry) else {
            throw NetlinkFailure(code: NetlinkFailure.noEntry).asKernelError(Self.request("delete", parameters))
        }
        switch change {
        case .delete(let key): routes.remove(key)
        case .update(let policy): setRoute(policy.key)
        case .none, .add: break
        }
        try naming(Self.request("delete", parameters)) { () throws(NetlinkFailure) in try apply(change) }
    }

    /// Makes the routes anew for the network as it is now.
    package func refreshRoutes() {
        for key in table.keys where key.direction == .outbound {
            setRoute(key)
        }
    }

    package func deleteAll() {
        for key in table.keys {
            routes.remove(key)
            try? channel.transact(PolicyRequest.delete(key))
            journal.remove(.policy(key))
        }
        table = PolicyTable()
        restrictions.removeAll()
    }

    package func idle(of parameters: PolicyParameters) throws(KernelError) -> Duration? {
        let key = entry(parameters, restrictions[parameters]?.index ?? 0).policy.key
        let report = try naming(Self.request("query", parameters)) { () throws(NetlinkFailure) in
            try channel.query(PolicyRequest.get(key)) { try XFRMPolicyReport(from: $0) }
        }
        return WallClock.idle(since: max(report.lastUsed, report.usage.firstUsed))
    }

    // MARK: Restriction to an interface

    /// The index of the one interface that the policy counts for; 0: it counts for all.
    ///
    /// The index is kept: the interface may be another, or gone, when the policy goes.
    private func restrict(_ parameters: PolicyParameters) throws(KernelError) -> UInt32 {
        guard let name = parameters.interface, parameters.interfaceID == 0 else { return 0 }
        guard let index = restrictions[parameters]?.index ?? network.interface(named: name)?.index else {
            throw KernelError(
                request: Self.request("add", parameters), code: NetlinkFailure.noEntry,
                reason: "there is no interface \(name)")
        }
        restrictions[parameters, default: (index, 0)].owners += 1
        return index
    }

    private func lift(_ parameters: PolicyParameters) {
        guard let owners = restrictions[parameters]?.owners else { return }
        restrictions[parameters]?.owners = owners - 1
        if owners == 1 { restrictions[parameters] = nil }
    }

    // MARK: The kernel's form

    private func entry(_ parameters: PolicyParameters, _ interfaceIndex: UInt32) -> PolicyTable.Entry {
        var cpi = SPI.none
        if case .protect(let template) = parameters.action, template.ipcomp {
            cpi = states.cpi(ofOutbound: template.spi, template.protocolID, destination: template.destination)
        }
        return PolicyTable.Entry(
            policy: parameters.kernelPolicy(cpi: cpi, interfaceIndex: interfaceIndex),
            routed: parameters.installRoute ? PolicyTable.RoutedPolicy(parameters) : nil,
            isTrap: parameters.policyClass == .routed)
    }

    private func setRoute(_ key: XFRMPolicyKey) {
        if let parameters = table.routed(key) { routes.set(parameters, key: key) } else { routes.remove(key) }
    }

    private func apply(_ change: PolicyTable.Change) throws(NetlinkFailure) {
        switch change {
        case .none:
            return
        case .add(let policy):
            do throws(NetlinkFailure) {
                try channel.transact(PolicyRequest.add(policy))
            } catch {
                // Somebody else's policy is in the way; ours is wanted, as with charon.
                guard error.code == NetlinkFailure.exists else { throw error }
                try channel.transact(PolicyRequest.update(policy))
            }
            journal.add(.policy(policy.key))
        case .update(let policy):
            try channel.transact(PolicyRequest.update(policy))
        case .delete(let key):
            journal.remove(.policy(key))
            try channel.transact(PolicyRequest.delete(key))
        }
    }

    private static func request(_ verb: String, _ policy: PolicyParameters) -> String {
        let direction =
            switch policy.direction {
            case .inbound: "in"
            case .outbound: "out"
            case .forward: "fwd"
            }
        return "\(verb) policy \(text(policy.source)) === \(text(policy.destination)) \(direction)"
    }

    private static func text(_ selector: TrafficSelector) -> String {
        let network = selector.network
        return "\(network.address)/\(network.prefix)"
    }
}
