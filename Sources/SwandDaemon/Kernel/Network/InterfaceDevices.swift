package import IKESA
import IPsecModel
import XFRM

/// The interfaces that child configurations name: XFRM interfaces of our own making, and such that were there before.
///
/// A device that we have made goes with the last that has claimed it; any other is never changed. Ours are bound to no
/// underlying interface (`IFLA_XFRM_LINK`), so that they survive a peer that is reached another way.
package final class InterfaceDevices {
    private let channel: any NetlinkChannel
    private let network: NetworkView
    private let journal: KernelJournal
    private let report: (String) -> Void
    private var claims: [String: Claim] = [:]
    /// What packets of a device grow by, for each outbound SA.
    private var loads: [SAKey: Load] = [:]
    private var nextID: UInt32 = 0x7000_0001

    private struct Claim {
        var interface: TunnelInterface
        var index: UInt32
        var isMade: Bool
        var owners: Int
        var mtu: UInt32
    }

    private struct SAKey: Hashable {
        var spi: SPI
        var destination: IPAddress
    }

    private struct Load {
        var name: String
        var sa: SAParameters
    }

    /// Until it is known what the packets grow by: fits every algorithm over Ethernet and IPv4.
    private static let firstMTU: UInt32 = 1400
    /// IPv6 wants no less of a link (RFC 8200 §5).
    private static let leastMTU: UInt32 = 1280

    package init(
        channel: any NetlinkChannel, network: NetworkView, journal: KernelJournal,
        report: @escaping (String) -> Void
    ) {
        self.channel = channel
        self.network = network
        self.journal = journal
        self.report = report
    }

    package var entries: [KernelEntry] {
        claims.compactMap { name, claim in
            guard claim.isMade, case .device(let id) = claim.interface else { return nil }
            return .device(name: name, id: id)
        }
    }

    /// The index of a device that we have made; others are routed to by whoever has made them.
    package func madeIndex(_ name: String) -> UInt32? {
        claims[name].flatMap { $0.isMade ? $0.index : nil }
    }

    // MARK: Claims

    package func claim(_ name: String, id: UInt32) throws(KernelError) -> TunnelInterface {
        let owners = claims[name]?.owners ?? 0
        if let claim = claims[name], network.interface(named: name)?.index == claim.index {
            try Self.check(name, claim.interface, id, kind: nil)
        } else {
            let new = try find(name, id: known(name) ?? id, wanted: id)
            if let gone = claims[name], gone.isMade, case .device(let id) = gone.interface {
                journal.remove(.device(name: name, id: id))
            }
            claims[name] = new
        }
        claims[name]?.owners = owners + 1
        return claims[name]?.interface ?? .ordinary
    }

    /// The ID of a device that went although it is claimed: it comes back as it was.
    private func known(_ name: String) -> UInt32? {
        if case .device(let id)? = claims[name]?.interface { id } else { nil }
    }

    private func find(_ name: String, id: UInt32, wanted: UInt32) throws(KernelError) -> Claim {
        network.invalidate()
        guard let found = network.interface(named: name) else { return try make(name, id: id) }
        let interface = found.interfaceID.map { TunnelInterface.device(id: $0) } ?? .ordinary
        try Self.check(name, interface, wanted, kind: found.kind)
        if case .device = interface { network.setTunnelDevice(name, true) }
        return Claim(interface: interface, index: found.index, isMade: false, owners: 0, mtu: found.mtu)
    }

    private static func check(
        _ name: String, _ interface: TunnelInterface, _ id: UInt32, kind: String?
    ) throws(KernelError) {
        let reason: String
        switch interface {
        case .device(let existing) where id == 0 || id == existing: return
        case .device(let existing): reason = "it exists with if_id \(existing), not \(id)"
        case .ordinary where id == 0: return
        case .ordinary:
            let other = kind.map { " but one of kind \($0)" } ?? ""
            reason = "it exists and is no XFRM interface\(other), so it cannot have if_id \(id)"
        }
        throw KernelError(request: "use interface \(name)", code: NetlinkFailure.exists, reason: reason)
    }

    private func make(_ name: String, id wanted: UInt32) throws(KernelError) -> Claim {
        let id = wanted == 0 ? freeID() : wanted
        let entry = KernelEntry.device(name: name, id: id)
        journal.add(entry)
        do throws(NetlinkFailure) {
            try channel.transact(NetworkInterface.makeXFRM(name: name, id: id, mtu: Self.firstMTU))
        } catch {
            journal.remove(entry)
            throw KernelError(
                request: "make interface \(name) with if_id \(id)", code: error.code, reason: reason(error, id))
        }
        network.setTunnelDevice(name, true)
        report("made interface \(name) with if_id \(id)")
        return Claim(
            interface: .device(id: id), index: network.interface(named: name)?.index ?? 0, isMade: true, owners: 0,
            mtu: Self.firstMTU)
    }

    private func reason(_ failure: NetlinkFailure, _ id: UInt32) -> String {
        switch failure.code {
        case NetlinkFailure.notSupported: return "the kernel has no XFRM interfaces (module xfrm_interface)"
        case NetlinkFailure.exists:
            let other = network.interfaces().first { $0.interfaceID == id }?.name
            return other.map { "if_id \(id) belongs to interface \($0)" } ?? failure.reason
        default: return failure.reason
        }
    }

    /// An ID that no device has, apart from the low numbers of configurations and of `%unique`.
    private func freeID() -> UInt32 {
        let taken = Set(network.interfaces().compactMap(\.interfaceID))
        while taken.contains(nextID) { nextID &+= 1 }
        defer { nextID &+= 1 }
        return nextID
    }

    package func release(_ name: String) {
        guard let claim = claims[name] else { return }
        claims[name]?.owners -= 1
        guard claim.owners == 1 else { return }
        claims[name] = nil
        loads = loads.filter { $0.value.name != name }
        remove(name, claim)
    }

    private func remove(_ name: String, _ claim: Claim) {
        if claim.isMade, case .device(let id) = claim.interface {
            do throws(NetlinkFailure) {
                try channel.transact(NetworkInterface.delete(index: claim.index))
                report("removed interface \(name)")
            } catch {
                report("cannot remove interface \(name): \(error.reason)")
            }
            journal.remove(.device(name: name, id: id))
        }
        network.setTunnelDevice(name, false)
    }

    package func removeAll() {
        let all = claims
        claims.removeAll()
        loads.removeAll()
        for (name, claim) in all { remove(name, claim) }
    }

    /// Removes what an earlier run has left behind, unless another has taken its name meanwhile.
    package func removeLeftover(_ name: String, id: UInt32) {
        network.invalidate()
        guard let found = network.interface(named: name), found.interfaceID == id else { return }
        try? channel.transact(NetworkInterface.delete(index: found.index))
        network.invalidate()
    }

    // MARK: Size

    /// An outbound SA takes the packets of a device of ours from now on: they have to fit into it.
    package func load(_ sa: SAParameters) {
        guard let name = sa.interface, claims[name]?.isMade == true else { return }
        loads[SAKey(spi: sa.identifier.spi, destination: sa.identifier.destination)] = Load(name: name, sa: sa)
        fit(name)
    }

    package func unload(_ sa: SAIdentifier) {
        guard let load = loads.removeValue(forKey: SAKey(spi: sa.spi, destination: sa.destination)) else { return }
        fit(load.name)
    }

    package func move(_ sa: SAIdentifier, to new: SAAddresses) {
        guard var load = loads.removeValue(forKey: SAKey(spi: sa.spi, destination: sa.destination)) else { return }
        load.sa.identifier.source = new.source
        load.sa.identifier.destination = new.destination
        load.sa.encapsulation = new.encapsulation
        loads[SAKey(spi: sa.spi, destination: new.destination)] = load
        fit(load.name)
    }

    package func networkChanged() {
        for (name, claim) in claims where claim.isMade { fit(name) }
    }

    /// The MTU of the device that lets every packet through unbroken, whichever of its SAs takes it.
    private func fit(_ name: String) {
        let sizes = loads.values.lazy.filter { $0.name == name }.compactMap { [network] load -> UInt32? in
            guard let link = network.linkMTU(toward: load.sa.identifier.destination) else { return nil }
            return load.sa.overhead?.innerMTU(of: link)
        }
        guard let smallest = sizes.min(), let claim = claims[name] else { return }
        let mtu = max(smallest, Self.leastMTU)
        guard mtu != claim.mtu else { return }
        do throws(NetlinkFailure) {
            try channel.transact(NetworkInterface.setMTU(mtu, index: claim.index))
            claims[name]?.mtu = mtu
        } catch {
            report("cannot set the MTU of interface \(name) to \(mtu): \(error.reason)")
        }
    }
}
