package import IPsecModel

/// The IPsec databases of RFC 4301 and what belongs to them, as the core sees them.
///
/// Calls answer at once: a netlink answer is in the socket when the request returns, so a request that fails is
/// handled where it was made and leaves no half-installed SA behind. What the kernel says by itself arrives as
/// ``KernelEvent``.
package protocol Kernel: AnyObject {
    /// An inbound SPI that nobody uses (RFC 4301 §4.1).
    func allocateSPI(_ protocolID: SecurityProtocol, source: IPAddress, destination: IPAddress) throws(KernelError) -> SPI
    /// A CPI for IPComp.
    func allocateCPI(source: IPAddress, destination: IPAddress) throws(KernelError) -> SPI
    /// Gives back a CPI that no SA was installed with.
    func releaseCPI(_ cpi: SPI)

    func add(_ sa: SAParameters) throws(KernelError)
    /// Moves an SA to other addresses or another UDP encapsulation, keeping keys, counters and replay state.
    func update(_ sa: SAIdentifier, to new: SAAddresses) throws(KernelError)
    func delete(_ sa: SAIdentifier) throws(KernelError)
    func usage(of sa: SAIdentifier) throws(KernelError) -> SAUsage

    /// Several owners may hold the same policy; it stays until the last has deleted it, and the one with the best
    /// priority is in force.
    func add(_ policy: PolicyParameters) throws(KernelError)
    func delete(_ policy: PolicyParameters) throws(KernelError)
    /// Time since a packet last matched the policy; `nil`: never.
    func idle(of policy: PolicyParameters) throws(KernelError) -> Duration?

    /// The address that packets to `destination` would be sent from; `nil` without a route.
    func sourceAddress(toward destination: IPAddress) -> IPAddress?
    /// Whether packets to `destination` can leave from `source`: the address is ours and usable, and a route leads
    /// there through its interface.
    func hasRoute(toward destination: IPAddress, from source: IPAddress) -> Bool
    /// Our addresses that IKE can be spoken from, in the kernel's order.
    func usableAddresses() -> [IPAddress]
    func isLocal(_ address: IPAddress) -> Bool
    /// The interface that has `address`, for updown scripts.
    func interfaceName(of address: IPAddress) -> String?
    /// Networks that can be reached on a link of ours without a router.
    func attachedSubnets() -> [AttachedSubnet]

    /// Makes sure of the interface `name` until ``releaseInterface(_:)``: one that is not there becomes an XFRM
    /// interface with this ID, which goes with the last that has claimed it. One that is there is used as it is.
    ///
    /// - Parameter id: 0: that of the device, or one that nobody uses.
    /// - Throws: if there is one of another kind or with another ID.
    func claimInterface(_ name: String, id: UInt32) throws(KernelError) -> TunnelInterface
    func releaseInterface(_ name: String)
}

/// A network on one of our links.
package struct AttachedSubnet: Hashable, Sendable {
    package var network: TrafficSelector
    package var interface: String

    package init(network: TrafficSelector, interface: String) {
        self.network = network
        self.interface = interface
    }
}

/// Why a kernel request was refused.
package struct KernelError: Error, Equatable, Sendable {
    /// What was asked, in the words of the log: `add SAD entry with SPI c1234567`.
    package var request: String
    /// `errno`.
    package var code: Int32
    /// The kernel's reason in words.
    package var reason: String

    package init(request: String, code: Int32, reason: String) {
        self.request = request
        self.code = code
        self.reason = reason
    }
}

/// What the kernel says without being asked.
package enum KernelEvent: Equatable, Sendable {
    /// A packet met a trap policy: somebody wants an SA.
    case acquire(reqid: UInt32, source: TrafficSelector, destination: TrafficSelector)
    /// A soft (`hard == false`) or hard limit of an SA was reached.
    case expire(SAIdentifier, hard: Bool)
    /// Packets of an inbound SA come from another address or port.
    case mapping(SAIdentifier, reqid: UInt32, remote: Endpoint)
    /// Addresses, links or routes changed; `address` names one that appeared or went.
    case addressChanged
    case routeChanged
}
