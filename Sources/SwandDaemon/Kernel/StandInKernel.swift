private import Glibc
package import IKESA
package import IPsecModel
import XFRM

/// A kernel that only remembers: it answers as the real one would and protects nothing.
///
/// For measuring what the daemon itself costs, and for machines whose kernel has no ESP. Addresses and routes are the
/// machine's own.
package final class StandInKernel: Kernel {
    private let settings: KernelSettings
    private var nextSPI: UInt32
    private var nextCPI: UInt32 = 0x100
    private var states: [StateKey: UInt32] = [:]
    private var policies: [PolicyParameters: UInt32] = [:]
    private let network: NetworkView?

    private struct StateKey: Hashable {
        var protocolID: SecurityProtocol
        var spi: SPI
        var destination: IPAddress

        init(_ id: SAIdentifier) {
            protocolID = id.protocolID
            spi = id.spi
            destination = id.destination
        }
    }

    package init(settings: KernelSettings = KernelSettings()) {
        self.settings = settings
        nextSPI = UInt32.random(in: settings.spiRange)
        network = (try? NetlinkSocket(.route)).map { NetworkView(channel: $0, settings: settings) }
    }

    package var counts: (states: Int, policies: Int) { (states.count, policies.count) }

    /// One after the other from a random start, as cheaply as possible.
    package func allocateSPI(
        _ protocolID: SecurityProtocol, source: IPAddress, destination: IPAddress
    ) throws(KernelError) -> SPI {
        nextSPI = nextSPI >= settings.spiRange.upperBound ? settings.spiRange.lowerBound : nextSPI + 1
        return SPI(rawValue: nextSPI)
    }

    package func allocateCPI(source: IPAddress, destination: IPAddress) throws(KernelError) -> SPI {
        nextCPI = nextCPI >= 0xefff ? 0x100 : nextCPI + 1
        return SPI(rawValue: nextCPI)
    }

    package func releaseCPI(_ cpi: SPI) {}

    package func add(_ sa: SAParameters) throws(KernelError) {
        let key = StateKey(sa.identifier)
        guard states[key] == nil else { throw Self.refused("add SAD entry", sa.identifier, EEXIST) }
        states[key] = sa.reqid
    }

    package func update(_ sa: SAIdentifier, to new: SAAddresses) throws(KernelError) {
        guard let reqid = states.removeValue(forKey: StateKey(sa)) else {
            throw Self.refused("update SAD entry", sa, ESRCH)
        }
        var moved = sa
        moved.source = new.source
        moved.destination = new.destination
        states[StateKey(moved)] = reqid
    }

    /// An SPI without an SA is simply given back.
    package func delete(_ sa: SAIdentifier) throws(KernelError) { states[StateKey(sa)] = nil }

    package func usage(of sa: SAIdentifier) throws(KernelError) -> SAUsage {
        guard states[StateKey(sa)] != nil else { throw Self.refused("query SAD entry", sa, ESRCH) }
        return SAUsage()
    }

    package func add(_ policy: PolicyParameters) throws(KernelError) { policies[policy, default: 0] += 1 }

    package func delete(_ policy: PolicyParameters) throws(KernelError) {
        guard let owners = policies[policy] else {
            throw KernelError(request: "delete policy", code: ENOENT, reason: "no such policy")
        }
        policies[policy] = owners > 1 ? owners - 1 : nil
    }

    package func idle(of policy: PolicyParameters) throws(KernelError) -> Duration? { nil }

    package func sourceAddress(toward destination: IPAddress) -> IPAddress? {
        network?.sourceAddress(toward: destination)
    }
    package func hasRoute(toward destination: IPAddress, from source: IPAddress) -> Bool {
        network?.hasRoute(toward: destination, from: source) ?? false
    }
    package func usableAddresses() -> [IPAddress] { network?.usableAddresses() ?? [] }
    package func isLocal(_ address: IPAddress) -> Bool { network?.isLocal(address) ?? false }
    package func interfaceName(of address: IPAddress) -> String? { network?.interface(of: address)?.name }
    package func attachedSubnets() -> [AttachedSubnet] { network?.attachedSubnets() ?? [] }

    /// Every name is an XFRM interface; nobody makes a device of it.
    package func claimInterface(_ name: String, id: UInt32) throws(KernelError) -> TunnelInterface {
        .device(id: id == 0 ? .max : id)
    }
    package func releaseInterface(_ name: String) {}

    private static func refused(_ request: String, _ sa: SAIdentifier, _ code: Int32) -> KernelError {
        NetlinkFailure(code: code).asKernelError("\(request) with SPI \(sa.spi)")
    }
}
