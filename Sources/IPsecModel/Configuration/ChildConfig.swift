/// What to protect and how: one CHILD_SA configuration of a connection.
package struct ChildConfig: Sendable, Equatable {
    package var name: String
    package var source: String = ""

    /// ESP or AH proposals in order of preference, each without number and SPI.
    package var proposals: [Proposal] = []

    package var localSelectors: [SelectorPattern] = [.dynamic()]
    package var remoteSelectors: [SelectorPattern] = [.dynamic()]

    package var lifetime = ChildLifetime()

    package var updown: String?
    package var hostAccess = false
    /// `leftfirewall=yes`.
    package var firewall = false
    package var mode: Mode = .tunnel
    /// Whether we install policies at all.
    package var installPolicies = true
    package var forwardPolicyOut = false
    package var dpdAction: LossAction = .none
    package var closeAction: LossAction = .none
    package var startAction: StartAction = []
    package var ipcomp = false
    /// Zero: never.
    package var inactivity: Duration = .zero
    /// 0: allocated.
    package var reqid: UInt32 = 0
    /// 0: calculated from the selectors.
    package var priority: UInt32 = 0
    package var interface: String?
    package var markIn = MarkConfig()
    package var markOut = MarkConfig()
    package var markInSA = false
    package var setMarkIn = MarkConfig()
    package var setMarkOut = MarkConfig()
    package var interfaceIDIn: InterfaceID = .none
    package var interfaceIDOut: InterfaceID = .none
    package var label: String?
    /// Octets to pad to; `nil`: none; 0 is never meant. `.max`: to the path MTU.
    package var tfcPadding: UInt32?
    /// Packets.
    package var replayWindow: UInt32 = 32
    package var hardwareOffload: HardwareOffload = .no
    /// HMAC-SHA-256 cut to 96 bits although 128 were negotiated, for peers with the kernel fault of before 2.6.33.
    package var sha256TruncatedTo96 = false
    package var copyDF = true
    package var copyECN = true
    package var copyDSCP: CopyDSCP = .out

    package init(name: String) { self.name = name }

    /// Whether both say the same, wherever they stand.
    package func isSame(as other: ChildConfig) -> Bool {
        var copy = other
        copy.source = source
        return copy == self
    }

    package enum Mode: String, Sendable {
        case tunnel = "TUNNEL"
        case transport = "TRANSPORT"
        case transportProxy = "TRANSPORT_PROXY"
        case beet = "BEET"
        /// Shunts: no SA, only policies.
        case pass = "PASS"
        case drop = "DROP"

        package var isShunt: Bool { self == .pass || self == .drop }
    }

    /// What happens with a CHILD_SA whose peer went silent or closed it.
    package enum LossAction: Sendable { case none, trap, start }

    package struct StartAction: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let trap = StartAction(rawValue: 1)
        package static let start = StartAction(rawValue: 2)
    }

    package enum HardwareOffload: Sendable { case no, crypto, packet, auto }
    package enum CopyDSCP: Sendable { case no, `in`, out, yes }
}

/// When a CHILD_SA is replaced and when it ends. Zero anywhere: no such limit.
package struct ChildLifetime: Sendable, Equatable {
    package var rekeyTime: Duration = .seconds(3600)
    package var lifeTime: Duration = .seconds(3960)
    package var randomTime: Duration = .seconds(360)
    package var rekeyBytes: UInt64 = 0
    package var lifeBytes: UInt64 = 0
    package var randomBytes: UInt64 = 0
    package var rekeyPackets: UInt64 = 0
    package var lifePackets: UInt64 = 0
    package var randomPackets: UInt64 = 0
    package init() {}
}

/// A traffic selector of the configuration: fixed, or `dynamic` (the tunnel's end points or virtual IPs).
package enum SelectorPattern: Hashable, Sendable {
    case fixed(TrafficSelector)
    case dynamicSelector(ipProtocol: UInt8, startPort: UInt16, endPort: UInt16)

    package static func dynamic(
        ipProtocol: UInt8 = 0, startPort: UInt16 = 0, endPort: UInt16 = 65535
    ) -> SelectorPattern {
        .dynamicSelector(ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
    }

    package var isDynamic: Bool {
        if case .dynamicSelector = self { true } else { false }
    }

    /// The selectors that the pattern stands for when the dynamic addresses may be any of `addresses`.
    package func resolved(within addresses: [TrafficSelector]) -> [TrafficSelector] {
        switch self {
        case .fixed(let selector): [selector]
        case .dynamicSelector(let ipProtocol, let startPort, let endPort):
            addresses.map {
                TrafficSelector(
                    start: $0.start, end: $0.end, ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
            }
        }
    }

    /// The selectors that the pattern stands for when `hosts` are the dynamic addresses.
    package func resolved(for hosts: [IPAddress]) -> [TrafficSelector] {
        switch self {
        case .fixed(let selector): [selector]
        case .dynamicSelector(let ipProtocol, let startPort, let endPort):
            hosts.map {
                $0.isAny
                    ? TrafficSelector(
                        network: $0, prefix: 0, ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
                    : TrafficSelector(host: $0, ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
            }
        }
    }
}

/// `mark_in`, `mark_out`, `set_mark_in`, `set_mark_out`.
package struct MarkConfig: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case value(UInt32)
        case unique
        case uniqueDirection
        /// `%same`: keep the packet's own mark (set_mark only).
        case same
    }
    package var value: Value = .value(0)
    package var mask: UInt32 = 0
    package init(value: Value = .value(0), mask: UInt32 = 0) {
        self.value = value
        self.mask = mask
    }
    package var isSet: Bool { value != .value(0) || mask != 0 }
}
