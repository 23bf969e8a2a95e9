package import IPsecModel

/// What happened to an SA, as data: VICI events, counters and test assertions are made from it.
///
/// Snapshots are boxed: with them inside, an ``Effect`` took 928 octets, and a turn moves dozens of them.
package enum SAEvent: Sendable {
    /// An IKE_SA was established (`up`) or is gone.
    indirect case ikeUpDown(up: Bool, IKESASnapshot)
    indirect case ikeRekeyed(old: IKESASnapshot, new: IKESASnapshot)
    /// The addresses of an IKE_SA changed (MOBIKE, NAT mapping).
    indirect case ikeUpdated(IKESASnapshot, path: Path)
    /// CHILD_SAs came up or went; `ike.children` holds those it is about.
    indirect case childUpDown(up: Bool, IKESASnapshot)
    /// `old.children` and `new.children` hold the one CHILD_SA each.
    indirect case childRekeyed(ike: IKESASnapshot, old: ChildSASnapshot, new: ChildSASnapshot)
    indirect case alert(Alert)
    case counter(Counter, connection: String?)
}

/// A failure that an administrator wants to be told of. `kind` is charon's name of the alert (`proposal-mismatch-ike`).
package struct Alert: Sendable {
    package var kind: String
    package var text: String
    package var connection: String?
    package var remote: Endpoint?
    package init(kind: String, text: String, connection: String? = nil, remote: Endpoint? = nil) {
        self.kind = kind
        self.text = text
        self.connection = connection
        self.remote = remote
    }
}

/// charon's counters, in the order of `swanctl --counters`.
package enum Counter: String, CaseIterable, Sendable {
    case ikeRekeyInit = "ike-rekey-init"
    case ikeRekeyResp = "ike-rekey-resp"
    case childRekey = "child-rekey"
    case invalid
    case invalidSPI = "invalid-spi"
    case ikeInitInReq = "ike-init-in-req"
    case ikeInitInResp = "ike-init-in-resp"
    case ikeInitOutReq = "ike-init-out-req"
    case ikeInitOutResp = "ike-init-out-resp"
    case ikeAuthInReq = "ike-auth-in-req"
    case ikeAuthInResp = "ike-auth-in-resp"
    case ikeAuthOutReq = "ike-auth-out-req"
    case ikeAuthOutResp = "ike-auth-out-resp"
    case createChildInReq = "create-child-in-req"
    case createChildInResp = "create-child-in-resp"
    case createChildOutReq = "create-child-out-req"
    case createChildOutResp = "create-child-out-resp"
    case infoInReq = "info-in-req"
    case infoInResp = "info-in-resp"
    case infoOutReq = "info-out-req"
    case infoOutResp = "info-out-resp"
}

/// Everything an updown script is told (FEATURES of charon's updown plugin: the PLUTO_ variables).
package struct UpdownCall: Sendable {
    package var script: String
    package var up: Bool
    package var ike: IKESASnapshot
    package var child: ChildSASnapshot
    package var localSelector: TrafficSelector
    package var remoteSelector: TrafficSelector
    package var isHost: Bool
    package var interface: String?
    package var hostAccess: Bool
    package var virtualIPs: [IPAddress]
    package init(
        script: String, up: Bool, ike: IKESASnapshot, child: ChildSASnapshot, localSelector: TrafficSelector,
        remoteSelector: TrafficSelector, isHost: Bool, interface: String?, hostAccess: Bool, virtualIPs: [IPAddress]
    ) {
        self.script = script
        self.up = up
        self.ike = ike
        self.child = child
        self.localSelector = localSelector
        self.remoteSelector = remoteSelector
        self.isHost = isHost
        self.interface = interface
        self.hostAccess = hostAccess
        self.virtualIPs = virtualIPs
    }
}
