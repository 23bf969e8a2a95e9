/// How to talk to a peer: one connection of the configuration (`connections.<name>` of swanctl.conf, a `conn` of
/// ipsec.conf). Immutable once loaded; SAs keep the one they were set up with.
package struct PeerConfig: Sendable, Equatable {
    package enum Version: UInt8, Sendable {
        case any = 0
        case ikev1 = 1
        case ikev2 = 2
    }

    package var name: String
    package var version: Version = .any
    /// Where the connection was read, for verdicts: `file:line`, or the name of the control client.
    package var source: String = ""

    /// Our addresses in order of preference; `[.any]` takes whatever the route to the peer gives.
    package var localAddresses: [HostPattern] = [.any]
    package var remoteAddresses: [HostPattern] = [.any]
    package var localPort: UInt16 = 500
    package var remotePort: UInt16 = 500

    /// IKE proposals in order of preference, each without number and SPI.
    package var proposals: [Proposal] = []

    /// Requested virtual IPs as initiator (`0.0.0.0` and `::` ask for any).
    package var virtualIPs: [IPAddress] = []
    package var pools: [String] = []

    package var aggressive = false
    package var pull = true
    /// Six bits, on IKE packets.
    package var dscp: UInt8 = 0
    package var forceEncapsulation = false
    package var mobike = true
    /// Zero: no liveness checks.
    package var dpdDelay: Duration = .zero
    package var dpdTimeout: Duration = .zero
    package var fragmentation: Fragmentation = .yes
    package var childless: Childless = .allow
    package var sendCertificateRequest = true
    package var sendCertificate: SendCertificate = .ifAsked
    package var ppkID: Identification?
    package var ppkRequired = false
    /// 0: for ever.
    package var keyingTries = 1
    package var unique: UniquePolicy = .no
    /// Zero: never.
    package var reauthTime: Duration = .zero
    package var rekeyTime: Duration = .seconds(4 * 3600)
    package var overTime: Duration = .seconds(24 * 60)
    package var randomTime: Duration = .seconds(24 * 60)
    package var interfaceIDIn: InterfaceID = .none
    package var interfaceIDOut: InterfaceID = .none

    /// Authentication rounds, ours and the peer's; at least one each.
    package var local: [LocalAuthentication] = [LocalAuthentication()]
    package var remote: [RemoteAuthentication] = [RemoteAuthentication()]

    package var children: [ChildConfig] = []

    package init(name: String) { self.name = name }

    /// Whether there is an address or a name that an IKE_SA can be initiated to.
    package var namesRemote: Bool { remoteAddresses.contains(where: \.isSingle) }

    /// Whether both describe the same peer reached in the same way, apart from name, place and children.
    package func isSamePeer(as other: PeerConfig) -> Bool {
        var copy = other
        (copy.name, copy.source, copy.children) = (name, source, children)
        return copy == self
    }

    /// Whether both say the same, wherever they stand.
    package func isSame(as other: PeerConfig) -> Bool {
        name == other.name && isSamePeer(as: other) && children.count == other.children.count
            && zip(children, other.children).allSatisfy { $0.isSame(as: $1) }
    }

    package func child(named name: String) -> ChildConfig? { children.first { $0.name == name } }

    package enum Fragmentation: Sendable { case no, accept, yes, force }
    package enum Childless: Sendable { case never, allow, prefer, force }
    package enum SendCertificate: Sendable { case never, ifAsked, always }
    package enum UniquePolicy: Sendable { case never, no, replace, keep }
}

/// `if_id_in`, `if_id_out`: none, a number, or one that is made for each SA.
package enum InterfaceID: Hashable, Sendable {
    case none
    case value(UInt32)
    /// `%unique`: the same new number for both directions.
    case unique
    /// `%unique-dir`: a new number for each direction.
    case uniqueDirection
}
