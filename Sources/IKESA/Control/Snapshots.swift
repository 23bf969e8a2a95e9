package import IPsecModel

/// An IKE_SA as listings and events show it: plain data, taken at one moment.
package struct IKESASnapshot: Sendable {
    package var name: String
    package var uniqueID: UInt32
    package var version: PeerConfig.Version
    /// charon's name of the state: CREATED, CONNECTING, ESTABLISHED, PASSIVE, REKEYING, REKEYED, DELETING, DESTROYING.
    package var state: String
    package var path: Path
    package var localIdentity: Identification?
    package var remoteIdentity: Identification?
    package var isInitiator: Bool
    package var initiatorSPI: IKESPI
    package var responderSPI: IKESPI
    package var natLocal: Bool
    package var natRemote: Bool
    package var natFake: Bool
    /// One transform of each type; `nil` before negotiation.
    package var proposal: Proposal?
    package var usesPPK = false
    /// Time since establishment, and time until rekeying or reauthentication where scheduled.
    package var established: Duration?
    package var rekeyIn: Duration?
    package var reauthIn: Duration?
    package var interfaceIDIn: UInt32 = 0
    package var interfaceIDOut: UInt32 = 0
    package var localVirtualIPs: [IPAddress] = []
    package var remoteVirtualIPs: [IPAddress] = []
    /// charon's names: IKE_INIT, IKE_AUTH, CHILD_CREATE, CHILD_REKEY, IKE_DELETE …
    package var tasksQueued: [String] = []
    package var tasksActive: [String] = []
    package var tasksPassive: [String] = []
    package var children: [ChildSASnapshot] = []

    package init(
        name: String, uniqueID: UInt32, version: PeerConfig.Version, state: String, path: Path, isInitiator: Bool,
        initiatorSPI: IKESPI, responderSPI: IKESPI
    ) {
        self.name = name
        self.uniqueID = uniqueID
        self.version = version
        self.state = state
        self.path = path
        self.isInitiator = isInitiator
        self.initiatorSPI = initiatorSPI
        self.responderSPI = responderSPI
        natLocal = false
        natRemote = false
        natFake = false
    }
}

/// A CHILD_SA as listings and events show it.
package struct ChildSASnapshot: Sendable {
    package var name: String
    package var uniqueID: UInt32
    package var reqid: UInt32
    /// CREATED, ROUTED, INSTALLING, INSTALLED, UPDATING, REKEYING, REKEYED, RETRYING, DELETING, DELETED, DESTROYING.
    package var state: String
    package var mode: ChildConfig.Mode
    package var protocolID: SecurityProtocol?
    package var isEncapsulated = false
    package var spiIn: SPI = .none
    package var spiOut: SPI = .none
    package var cpiIn: SPI = .none
    package var cpiOut: SPI = .none
    package var markIn = Mark()
    package var markOut = Mark()
    package var interfaceIDIn: UInt32 = 0
    package var interfaceIDOut: UInt32 = 0
    package var proposal: Proposal?
    package var bytesIn: UInt64 = 0
    package var packetsIn: UInt64 = 0
    package var bytesOut: UInt64 = 0
    package var packetsOut: UInt64 = 0
    /// Time since the last packet; `nil` if there was none.
    package var idleIn: Duration?
    package var idleOut: Duration?
    package var rekeyIn: Duration?
    package var lifeLeft: Duration?
    package var installed: Duration?
    package var localSelectors: [TrafficSelector] = []
    package var remoteSelectors: [TrafficSelector] = []

    package init(name: String, uniqueID: UInt32, reqid: UInt32, state: String, mode: ChildConfig.Mode) {
        self.name = name
        self.uniqueID = uniqueID
        self.reqid = reqid
        self.state = state
        self.mode = mode
    }
}

/// An installed trap or shunt (`swanctl --list-pols`).
package struct PolicySnapshot: Sendable {
    package var ike: String
    package var child: String
    package var mode: ChildConfig.Mode
    package var uniqueID: UInt32
    /// 0: a shunt.
    package var reqid: UInt32
    package var localSelectors: [TrafficSelector]
    package var remoteSelectors: [TrafficSelector]
    package init(
        ike: String, child: String, mode: ChildConfig.Mode, uniqueID: UInt32, reqid: UInt32, localSelectors: [TrafficSelector],
        remoteSelectors: [TrafficSelector]
    ) {
        self.ike = ike
        self.child = child
        self.mode = mode
        self.uniqueID = uniqueID
        self.reqid = reqid
        self.localSelectors = localSelectors
        self.remoteSelectors = remoteSelectors
    }
}
