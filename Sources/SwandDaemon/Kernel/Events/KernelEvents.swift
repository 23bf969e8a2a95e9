private import CLinux
private import Glibc
package import IKESA
import IPsecModel
import XFRM

/// What the kernel says by itself, for a loop that watches ``descriptors``.
///
/// Both descriptors are nonblocking and become readable when there is something; ``read()`` takes all of it. Events
/// that were lost because they came too fast are made up for by saying that everything may have changed.
package final class KernelEvents {
    private let xfrm: Int32
    private let route: Int32
    private let network: NetworkView
    private let acquires: AcquireFilter
    private let settings: KernelSettings
    private weak var kernel: XFRMKernel?
    private let buffer = NetlinkBuffer(capacity: 128 * 1024)

    /// Listens for what concerns `kernel`, whose view of the network is kept up to date from now on.
    package init(_ kernel: XFRMKernel) throws(KernelError) {
        let xfrmGroups = [XFRMNLGRP_ACQUIRE, XFRMNLGRP_EXPIRE, XFRMNLGRP_MAPPING].map { UInt32($0.rawValue) }
        let settings = kernel.settings
        let ofRoutes = settings.processesRoutes ? [RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE] : []
        let routeGroups = ([RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR] + ofRoutes).map { UInt32($0.rawValue) }
        let first = try naming("listen for XFRM events") { () throws(NetlinkFailure) in
            try NetlinkDescriptor.open(.xfrm, groups: xfrmGroups, isBlocking: false, buffer: settings.eventBuffer)
        }
        do throws(NetlinkFailure) {
            route = try NetlinkDescriptor.open(
                .route, groups: routeGroups, isBlocking: false, buffer: settings.eventBuffer)
        } catch {
            close(first)
            throw error.asKernelError("listen for routing events")
        }
        xfrm = first
        network = kernel.network
        acquires = kernel.acquires
        self.settings = settings
        self.kernel = kernel
        network.isWatched = true
        network.invalidate()
    }

    deinit {
        network.isWatched = false
        close(xfrm)
        close(route)
    }

    package var descriptors: [Int32] { [xfrm, route] }

    /// Everything that is waiting, in order. Several changes of the network are reported once.
    package func read() -> [KernelEvent] {
        var events: [KernelEvent] = []
        var wereLost = false
        drain(xfrm) { message in
            guard let message else { return wereLost = true }
            if let event = try? XFRMEvent(message), let known = translate(event) { events.append(known) }
        }
        if wereLost { events += kernel?.lostEvents() ?? [] }
        events += readNetwork()
        return events
    }

    // MARK: SAs

    private func translate(_ event: XFRMEvent) -> KernelEvent? {
        switch event {
        case .acquire(let acquire):
            guard acquire.reqid != 0, acquires.admit(reqid: acquire.reqid) else { return nil }
            let selectors = acquire.packet.trafficSelectors
            return .acquire(reqid: acquire.reqid, source: selectors.source, destination: selectors.destination)
        case .expire(let id, _, let isHard):
            // The compression of a CHILD_SA goes with its ESP SA.
            return SAIdentifier(id).map { .expire($0, hard: isHard) }
        case .mapping(let id, let reqid, let remote):
            return SAIdentifier(id).map { .mapping($0, reqid: reqid, remote: remote) }
        }
    }

    // MARK: Network

    private func readNetwork() -> [KernelEvent] {
        var addressesChanged = false
        var routesChanged = false
        // Devices that CHILD_SAs are led through, and their addresses, concern no IKE_SA.
        var tunnelsChanged = false
        drain(route) { message in
            guard let message else {
                addressesChanged = true
                routesChanged = true
                return
            }
            switch try? RouteEvent(message) {
            case .link(let link, _):
                if link.kind == NetworkInterface.xfrmKind { tunnelsChanged = true }
                else if network.isUsed(link.name) { addressesChanged = true }
            case .address(let address, _):
                if isOfTunnel(address) { tunnelsChanged = true }
                else if concerns(address) { addressesChanged = true }
            case .route(let route, _):
                if route.isOnLink { network.invalidateSubnets() }
                if concerns(route) { routesChanged = true }
            case nil:
                break
            }
        }
        if addressesChanged || tunnelsChanged {
            network.invalidate()
            // The kernel takes routes away with their interface or source address. Changes of routes alone come by the
            // thousand on a router, and are no reason to look at every tunnel.
            kernel?.networkChanged()
        }
        guard settings.reportsChanges else { return [] }
        return (addressesChanged ? [.addressChanged] : []) + (routesChanged ? [.routeChanged] : [])
    }

    private func concerns(_ address: InterfaceAddress) -> Bool {
        guard !network.virtualAddresses.contains(address.address) else {
            network.invalidate()
            return false
        }
        return network.isUsed(network.interfaceName(index: address.interfaceIndex) ?? "")
    }

    private func isOfTunnel(_ address: InterfaceAddress) -> Bool {
        network.interfaceName(index: address.interfaceIndex).map { network.tunnelDevices.contains($0) } ?? false
    }

    /// Not our own routes, and none of the kernel's bookkeeping for addresses, links and multicast.
    private func concerns(_ route: Route) -> Bool {
        guard route.kind == .unicast, route.table != settings.routingTable, kernel?.isOwn(route) != true else { return false }
        guard route.interfaceIndex != 0 else { return true }
        return network.isUsed(network.interfaceName(index: route.interfaceIndex) ?? "")
    }

    // MARK: Reading

    /// Hands over every message that waits on a descriptor, and `nil` where some were lost.
    private func drain(_ descriptor: Int32, _ body: (NetlinkMessage?) -> Void) {
        while true {
            do throws(NetlinkFailure) {
                guard try NetlinkDescriptor.receive(descriptor, into: buffer) else { return }
            } catch {
                body(nil)
                guard error.code == ENOBUFS || error.code == EMSGSIZE else { return }
                continue
            }
            var reader = NetlinkMessageReader(NetlinkView(buffer))
            while let message = try? reader.next() { body(message) }
            buffer.wipe()
        }
    }
}

extension SAIdentifier {
    /// `nil` for IPComp.
    init?(_ id: XFRMStateID) {
        guard id.ipProtocol != .ipcomp else { return nil }
        self.init(
            protocolID: id.ipProtocol == .ah ? .ah : .esp, spi: id.spi,
            source: id.source ?? .any(id.destination.family), destination: id.destination,
            mark: Mark(value: id.mark.value, mask: id.mark.mask))
    }
}
