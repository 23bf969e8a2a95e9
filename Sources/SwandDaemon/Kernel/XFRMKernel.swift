package import IKESA
package import IPsecModel
package import XFRM

/// The kernel of this machine: XFRM for SAs and policies, rtnetlink for addresses and routes.
///
/// Call ``start()`` before anything is installed and ``stop()`` at the end. Used from one thread.
package final class XFRMKernel: Kernel {
    package let settings: KernelSettings
    private let xfrm: any NetlinkChannel
    private let route: any NetlinkChannel
    private let journal: KernelJournal
    private let states: StateInstaller
    private let policies: PolicyInstaller
    private let routes: TunnelRoutes
    private let portBypass: PortBypass
    private let devices: InterfaceDevices
    private let report: (String) -> Void
    /// Interfaces, addresses and routes; ``KernelEvents`` tells it when they change.
    package let network: NetworkView
    /// Acquires that were passed on and have no SA yet.
    package let acquires: AcquireFilter

    /// - Parameter report: Gets sentences for the log about what went wrong beside the requests themselves.
    /// - Throws: ``KernelError`` if the kernel has no XFRM at all, or we may not use it.
    package convenience init(
        settings: KernelSettings = KernelSettings(), report: @escaping (String) -> Void = { (_: String) in }
    ) throws(KernelError) {
        let xfrm = try naming("open an XFRM socket") { () throws(NetlinkFailure) in try NetlinkSocket(.xfrm) }
        let route = try naming("open a routing socket") { () throws(NetlinkFailure) in try NetlinkSocket(.route) }
        self.init(settings: settings, xfrm: xfrm, route: route, report: report)
    }

    package init(
        settings: KernelSettings, xfrm: any NetlinkChannel, route: any NetlinkChannel,
        report: @escaping (String) -> Void = { (_: String) in }
    ) {
        self.settings = settings
        self.xfrm = xfrm
        self.route = route
        self.report = report
        acquires = AcquireFilter(patience: settings.acquireExpiry)
        journal = KernelJournal(path: settings.journalPath)
        network = NetworkView(channel: route, settings: settings)
        devices = InterfaceDevices(channel: route, network: network, journal: journal, report: report)
        routes = TunnelRoutes(
            channel: route, network: network, devices: devices, settings: settings, journal: journal, report: report)
        states = StateInstaller(channel: xfrm, network: network, settings: settings, journal: journal)
        policies = PolicyInstaller(
            channel: xfrm, states: states, routes: routes, network: network, journal: journal)
        portBypass = PortBypass(channel: xfrm, journal: journal)
        journal.liveEntries = { [weak states, weak policies, weak routes, weak devices, weak portBypass] in
            // Devices first: what leads over them goes before them.
            (devices?.entries ?? []) + (states?.entries ?? []) + (policies?.entries ?? []) + (routes?.entries ?? [])
                + (portBypass?.entries ?? [])
        }
    }

    /// How many SAs and policies are installed.
    package var counts: (states: Int, policies: Int) { (states.count, policies.count) }

    // MARK: Start and end

    /// Removes what a crashed run has left behind, prepares the kernel and adds the rule for our routing table.
    ///
    /// - Parameter ports: Those of IKE, for policies that let it pass.
    /// - Returns: How many entries were left behind.
    @discardableResult
    package func start(ports: [UInt16] = []) -> Int {
        let leftovers = journal.leftovers()
        for entry in leftovers.reversed() { remove(entry) }
        if !leftovers.isEmpty { report("removed \(leftovers.count) kernel entries that an earlier run left behind") }
        let code = journal.open()
        if code != 0, let path = settings.journalPath {
            report("no journal at \(path): \(NetlinkFailure(code: code).reason)")
        }
        setAcquireExpiry()
        setHashThresholds()
        routes.addRules()
        if settings.bypassesPorts { portBypass.install(ports: ports).forEach(report) }
        return leftovers.count
    }

    /// Removes everything that is still ours.
    package func stop() {
        policies.deleteAll()
        states.deleteAll()
        routes.removeAll()
        portBypass.removeAll()
        devices.removeAll()
        journal.finish()
    }

    private func remove(_ entry: KernelEntry) {
        switch entry {
        case .state(let id): try? xfrm.transact(StateRequest.delete(id))
        case .policy(let key): try? xfrm.transact(PolicyRequest.delete(key))
        case .route(let old): try? route.transact(old.delete())
        case .rule(let rule): try? route.transact(rule.delete())
        case .device(let name, let id): devices.removeLeftover(name, id: id)
        }
    }

    private func setAcquireExpiry() {
        let path = "\(settings.sysctlRoot)/net/core/xfrm_acq_expires"
        let code = SystemSetting.write("\(settings.acquireExpiry)", to: path)
        if code != 0 { report("cannot set \(path): \(NetlinkFailure(code: code).reason)") }
    }

    private func setHashThresholds() {
        guard settings.hashThresholdsV4 != nil || settings.hashThresholdsV6 != nil else { return }
        do throws(NetlinkFailure) {
            try xfrm.transact(
                PolicyRequest.hashThresholds(v4: settings.hashThresholdsV4, v6: settings.hashThresholdsV6))
        } catch {
            report("cannot set the SPD's hash thresholds: \(error.reason)")
        }
    }

    // MARK: SAs

    package func allocateSPI(
        _ protocolID: SecurityProtocol, source: IPAddress, destination: IPAddress
    ) throws(KernelError) -> SPI {
        try states.allocateSPI(protocolID, destination: destination)
    }

    package func allocateCPI(source: IPAddress, destination: IPAddress) throws(KernelError) -> SPI {
        try states.allocateCPI()
    }

    package func releaseCPI(_ cpi: SPI) { states.releaseCPI(cpi) }

    package func add(_ sa: SAParameters) throws(KernelError) {
        try states.add(sa)
        devices.load(sa)
        acquires.answered(reqid: sa.reqid)
    }
    package func update(_ sa: SAIdentifier, to new: SAAddresses) throws(KernelError) {
        try states.update(sa, to: new)
        devices.move(sa, to: new)
    }
    package func delete(_ sa: SAIdentifier) throws(KernelError) {
        devices.unload(sa)
        try states.delete(sa)
    }
    package func usage(of sa: SAIdentifier) throws(KernelError) -> SAUsage { try states.usage(of: sa) }

    /// Events that were lost, made up from the kernel's list of SAs: questions that wait for an answer, in no special
    /// order, and limits that were reached.
    package func lostEvents() -> [KernelEvent] {
        let found = try? xfrm.dump({ StateRequest.dump() }) { message in try XFRMStateReport(from: message.payload) }
        guard let reports = found else { return [] }
        let questions = reports.compactMap { report -> KernelEvent? in
            guard report.state.isOpenQuestion, let packet = report.state.selector,
                acquires.admit(reqid: report.state.reqid)
            else { return nil }
            let selectors = packet.trafficSelectors
            return .acquire(reqid: report.state.reqid, source: selectors.source, destination: selectors.destination)
        }
        return questions + states.expiries(in: reports)
    }

    // MARK: Policies

    package func add(_ policy: PolicyParameters) throws(KernelError) { try policies.add(policy) }
    package func delete(_ policy: PolicyParameters) throws(KernelError) { try policies.delete(policy) }
    package func idle(of policy: PolicyParameters) throws(KernelError) -> Duration? {
        try policies.idle(of: policy)
    }

    // MARK: Network

    package func sourceAddress(toward destination: IPAddress) -> IPAddress? {
        network.sourceAddress(toward: destination)
    }
    package func hasRoute(toward destination: IPAddress, from source: IPAddress) -> Bool {
        network.hasRoute(toward: destination, from: source)
    }
    package func usableAddresses() -> [IPAddress] { network.usableAddresses() }
    package func isLocal(_ address: IPAddress) -> Bool { network.isLocal(address) }
    package func interfaceName(of address: IPAddress) -> String? { network.interface(of: address)?.name }
    package func attachedSubnets() -> [AttachedSubnet] { network.attachedSubnets() }

    package func claimInterface(_ name: String, id: UInt32) throws(KernelError) -> TunnelInterface {
        try devices.claim(name, id: id)
    }
    package func releaseInterface(_ name: String) { devices.release(name) }

    /// Adapts the routes and devices of tunnels to interfaces, addresses and next hops that have changed.
    package func networkChanged() {
        devices.networkChanged()
        policies.refreshRoutes()
    }

    /// Whether a route is one that we have installed with a policy.
    package func isOwn(_ route: Route) -> Bool { routes.isOwn(route) }

    // MARK: Virtual addresses

    /// Puts an address that a peer has assigned to us on an interface.
    ///
    /// - Parameter toward: The peer; the interface that leads to it gets the address unless one is configured.
    package func addVirtualAddress(_ address: IPAddress, toward peer: IPAddress) throws(KernelError) {
        let request = "add virtual IP \(address)"
        let interface = settings.virtualIPInterface.flatMap { network.interface(named: $0)?.index }
        guard let index = interface ?? network.nextHop(toward: peer)?.interfaceIndex else {
            throw KernelError(request: request, code: NetlinkFailure.noEntry, reason: "no interface for it")
        }
        let entry = InterfaceAddress(
            address: address, prefix: UInt8(truncatingIfNeeded: address.family.bits), interfaceIndex: index,
            flags: address.family == .v6 ? .noDuplicateDetection : [])
        do throws(NetlinkFailure) {
            try route.transact(entry.add())
        } catch {
            guard error.code == NetlinkFailure.exists else { throw error.asKernelError(request) }
        }
        network.setVirtual(address, true)
    }

    package func removeVirtualAddress(_ address: IPAddress) throws(KernelError) {
        let interface = network.interface(of: address)
        network.setVirtual(address, false)
        guard let interface else { return }
        let entry = InterfaceAddress(
            address: address, prefix: UInt8(truncatingIfNeeded: address.family.bits),
            interfaceIndex: interface.index)
        try naming("remove virtual IP \(address)") { () throws(NetlinkFailure) in
            try route.transact(entry.delete())
        }
    }

    // MARK: Fitness

    /// Whether this kernel can protect traffic at all.
    ///
    /// - Returns: `nil` if it can, otherwise a sentence for the log that says what is missing.
    package func probe() -> String? { KernelProbe(channel: xfrm, spiRange: settings.spiRange).run() }
}
