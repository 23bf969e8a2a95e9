package import IPsecModel

/// An entry of the SPD (RFC 4301 §4.4.1).
package struct PolicyParameters: Hashable, Sendable {
    package enum Direction: UInt8, Sendable { case inbound, outbound, forward }

    package enum Action: Hashable, Sendable {
        /// Protect with an SA that fits the template.
        case protect(PolicyTemplate)
        case pass
        case drop
    }

    /// Which of several policies with equal selectors is in force (charon's classes; lower numbers win).
    package enum Class: UInt8, Sendable {
        case passShunt
        /// A CHILD_SA.
        case established
        /// A trap.
        case routed
        case dropShunt
    }

    package var direction: Direction
    package var source: TrafficSelector
    package var destination: TrafficSelector
    package var action: Action
    package var policyClass: Class
    /// 0: calculated from the selectors as charon does.
    package var manualPriority: UInt32
    package var mark: Mark
    package var interfaceID: UInt32
    /// What the configuration names of an outbound policy: the XFRM interface with that ID, or the only interface that
    /// the policy counts for.
    package var interface: String?
    /// Outer addresses, for the route that goes with an outbound tunnel policy.
    package var local: IPAddress
    package var remote: IPAddress
    /// Whether a route into the routing table belongs to this (outbound) policy.
    package var installRoute: Bool
    /// Virtual IPs of ours, the preferred source of that route.
    package var virtualIPs: [IPAddress]

    package init(
        direction: Direction, source: TrafficSelector, destination: TrafficSelector, action: Action,
        policyClass: Class, local: IPAddress, remote: IPAddress
    ) {
        self.direction = direction
        self.source = source
        self.destination = destination
        self.action = action
        self.policyClass = policyClass
        self.local = local
        self.remote = remote
        manualPriority = 0
        mark = Mark()
        interfaceID = 0
        installRoute = false
        virtualIPs = []
    }
}

/// Which SA a protecting policy asks for.
package struct PolicyTemplate: Hashable, Sendable {
    package var protocolID: SecurityProtocol
    package var mode: ChildConfig.Mode
    package var reqid: UInt32
    /// Outer addresses of the SA, in the policy's direction; `.any` for traps without a known peer.
    package var source: IPAddress
    package var destination: IPAddress
    /// The SPI of the outbound SA, so that a policy points at the right one while two exist; zero: any.
    package var spi: SPI
    package var ipcomp: Bool

    package init(
        protocolID: SecurityProtocol, mode: ChildConfig.Mode, reqid: UInt32, source: IPAddress,
        destination: IPAddress, spi: SPI = .none, ipcomp: Bool = false
    ) {
        self.protocolID = protocolID
        self.mode = mode
        self.reqid = reqid
        self.source = source
        self.destination = destination
        self.spi = spi
        self.ipcomp = ipcomp
    }
}
