import CryptoInterface
import IKECodec
package import IKESA
package import IPsecModel
import Wire

/// An IKE_SA of IKEv2 with its CHILD_SAs (RFC 7296 §1).
///
/// The SA is driven by its engine: datagrams through ``receive(_:_:on:_:)``, time through ``timerFired(_:)``, wishes
/// through ``enqueue(_:_:)``. What is said in which exchange stands in `Exchanges` (asked by us) and `Responders`
/// (asked by the peer); this type holds what they share.
package final class IKEv2SA {
    package unowned let host: any IKEv2Host
    package let uniqueID: UInt32
    /// Whether we sent the first message; decides about SPI order and keys, not about who asks next.
    package let isInitiator: Bool
    /// Whether we initiated the first of a series of IKE_SAs that rekeyed each other: only that side moves SAs with
    /// MOBIKE, whoever rekeys (RFC 4555 §1.3).
    var isOriginalInitiator: Bool
    package let localSPI: IKESPI
    package internal(set) var remoteSPI: IKESPI = .none

    package internal(set) var peer: PeerConfig
    package internal(set) var path: Path
    package internal(set) var state: IKESAState = .created

    package internal(set) var proposal: Proposal?
    var keys: IKEKeys?
    var ivCounter: UInt64 = 0
    var handshake: Handshake? = Handshake()

    package internal(set) var localIdentity: Identification?
    package internal(set) var remoteIdentity: Identification?
    package internal(set) var capabilities: PeerCapabilities = []
    package internal(set) var natLocal = false
    package internal(set) var natRemote = false
    package internal(set) var natFake = false
    /// Whether a post-quantum pre-shared key is mixed into the keys (RFC 8784).
    package internal(set) var usesPPK = false

    package internal(set) var children: [ChildSA] = []
    /// XFRM interface IDs of the connection, with `%unique` values filled in when they are first needed: by then it is
    /// settled which connection is meant. A rekeyed IKE_SA keeps them.
    var interfaceIDs: (in: UInt32, out: UInt32) {
        if let resolvedInterfaceIDs { return resolvedInterfaceIDs }
        let fresh = host.marks.interfaces(peer.interfaceIDIn, peer.interfaceIDOut)
        resolvedInterfaceIDs = fresh
        return fresh
    }
    var resolvedInterfaceIDs: (in: UInt32, out: UInt32)?

    // MARK: Exchanges

    var requests = RequestWindow()
    var responses = ResponseWindow()
    var reassembly = Reassembly()
    /// Why the exchange under way fails unless a better answer comes soon.
    var doubtedAnswer: String?
    /// The exchange whose response is awaited.
    var active: (any Exchange)?
    var queue: [any Exchange] = []
    /// What the peer has begun and not finished.
    var unfinished: [UnfinishedAnswer] = []
    /// Outbound SPIs that the peer deleted before the response came that would have told us of them.
    var deletedEarly: Set<SPI> = []

    // MARK: Time

    package var timers = TimerTable<IKETimer>()
    /// The peer's IKE_SA_INIT request as a hash: it may still come again when the IKE_SA is up.
    package internal(set) var firstRequest: Int?
    /// When the first message was sent or came.
    package internal(set) var begunAt = Instant.origin
    package internal(set) var establishedAt: Instant?
    var lastReceived = Instant.origin
    var lastSent = Instant.origin

    /// Children and commands that wait for this IKE_SA to come up.
    package var pending: [PendingChild] = []
    /// Which try at reaching the peer this is, from 1.
    package var attempt = 1
    /// The IKE_SA that replaces this one, while both exist.
    package internal(set) weak var replacement: IKEv2SA?
    /// The IKE_SA that this one was made to replace, while a collision leaves open whether it does.
    weak var predecessor: IKEv2SA?
    /// Made by a rekeying of the peer that collided with ours: whether it stays is not known yet.
    package var isUndecided: Bool { state == .connecting && predecessor != nil }
    /// The peer began with IKE_SA_INIT and has not authenticated itself: all it may do is that.
    var isHalfOpen: Bool { !isInitiator && state == .connecting && handshake?.initRequest.isEmpty == false }
    /// CHILD_SAs that a delete by the peer takes along, and that their configuration wants back.
    var closeActions: [ChildSA] = []
    /// When authentication must be repeated, whatever rekeyings come before.
    var reauthenticationDeadline: Instant?
    /// All addresses of the peer, as it said last: where that message came from, and those in it (RFC 4555 §3.4).
    var peerAddresses: [IPAddress] = []
    /// The further addresses of ours that the peer was told last.
    var announcedAddresses: [IPAddress] = []
    /// No path leads to the peer at present.
    var isStale = false
    /// What the peer last saw as our address, as a hash: it changes with the mapping of a translator before us.
    var mappingHash: [UInt8]?

    package init(
        host: any IKEv2Host, peer: PeerConfig, path: Path, isInitiator: Bool, localSPI: IKESPI, uniqueID: UInt32
    ) {
        self.host = host
        self.peer = peer
        self.path = path
        self.isInitiator = isInitiator
        isOriginalInitiator = isInitiator
        self.localSPI = localSPI
        self.uniqueID = uniqueID
    }

    // MARK: Names

    package var initiatorSPI: IKESPI { isInitiator ? localSPI : remoteSPI }
    package var responderSPI: IKESPI { isInitiator ? remoteSPI : localSPI }
    var environment: CoreEnvironment { host.environment }
    /// `name[7]`, as every log line calls it.
    package var label: String { "\(peer.name)[\(uniqueID)]" }
    var logTag: (name: String, id: UInt32) { (peer.name, uniqueID) }
    /// UDP encapsulation is needed wherever an address translator stands in between.
    var isEncapsulated: Bool { natLocal || natRemote || natFake }
    package var isEstablished: Bool { state == .established || state == .rekeying || state == .rekeyed }
    /// A delete is on its way, or about to be.
    package var isClosing: Bool { state == .deleting || queue.contains { $0 is DeleteIKEExchange } }
    /// `192.0.2.1[moon]...192.0.2.2[sun]`
    var ends: String {
        let local = localIdentity.map { "\($0)" } ?? "%any"
        let remote = remoteIdentity.map { "\($0)" } ?? "%any"
        return "\(path.local.address)[\(local)]...\(path.remote.address)[\(remote)]"
    }

    func log(_ turn: inout Turn, _ group: LogGroup, _ level: Int8 = 1, _ text: () -> String) {
        turn.effects.log(group, level, ike: logTag, command: currentCommand, text())
    }

    func alert(_ turn: inout Turn, _ kind: String, _ text: String) {
        turn.effects.append(
            .event(.alert(Alert(kind: kind, text: text, connection: peer.name, remote: path.remote))))
    }

    func count(_ turn: inout Turn, _ counter: Counter) {
        turn.effects.append(.event(.counter(counter, connection: peer.name)))
    }

    /// The command that the present exchange serves, so that `control-log` shows its lines.
    var currentCommand: CommandID? {
        active?.commands.first ?? pending.first?.commands.first ?? queue.first?.commands.first
    }

    // MARK: Children

    package func child(uniqueID: UInt32) -> ChildSA? { children.first { $0.uniqueID == uniqueID } }

    /// The CHILD_SA with one of its SPIs; inbound where the peer names what it sends on.
    func child(outboundSPI spi: SPI, _ protocolID: SecurityProtocol) -> ChildSA? {
        children.first { $0.spiOut == spi && $0.protocolID == protocolID }
    }

    /// The CHILD_SA that an SA in the kernel belongs to.
    package func child(of identifier: SAIdentifier) -> ChildSA? {
        children.first { child in
            child.protocolID == identifier.protocolID
                && (child.spiIn == identifier.spi && child.addresses.local == identifier.destination
                    || child.spiOut == identifier.spi && child.addresses.remote == identifier.destination)
        }
    }

    /// Whether a CHILD_SA of this configuration is on its way.
    package func isEstablishing(_ name: String) -> Bool {
        pending.contains { $0.config.name == name }
            || ([active].compactMap { $0 } + queue).contains { $0.childName == name }
    }

    /// Whether a CHILD_SA is still on its way, of any configuration.
    package var hasPendingChildren: Bool {
        !pending.isEmpty || ([active].compactMap { $0 } + queue).contains { $0.childName != nil }
    }

    /// A CHILD_SA of this configuration that carries traffic.
    package func installedChild(_ name: String) -> ChildSA? {
        children.first { $0.config.name == name && $0.state.isUsable && $0.state != .rekeyed }
    }

    /// - Parameter replacing: the CHILD_SA that is being rekeyed; the new one keeps its unique marks and interface IDs,
    ///   which stand in firewall rules by now.
    func makeChild(_ config: ChildConfig, _ protocolID: SecurityProtocol?, replacing: ChildSA?) -> ChildSA {
        ChildSA(
            config: config, uniqueID: host.takeChildUniqueID(),
            protocolID: protocolID ?? config.proposals.first?.protocolID ?? .esp, addresses: childAddresses,
            marks: replacing?.marks ?? host.marks.resolve(config, inherited: interfaceIDs))
    }

    var childAddresses: ChildAddresses { ChildAddresses(path: path, isEncapsulated: isEncapsulated) }

    /// Takes a CHILD_SA out of the kernel and off the list.
    func remove(_ child: ChildSA) {
        handOverTraffic(of: child)
        child.uninstall(environment.kernel)
        if child.ownsReqid {
            host.reqids.release(child.reqid)
            child.ownsReqid = false
        }
        for timer in IKETimer.ofChild(child.uniqueID) { timers.cancel(timer) }
        children.removeAll { $0 === child }
    }
}

/// A CHILD_SA that is to come up with its IKE_SA, and who asked for it.
package struct PendingChild {
    package var config: ChildConfig
    package var commands: [CommandID]
    /// Of the trap that wanted it; 0: none.
    package var reqid: UInt32
    /// The packet that met the trap, put first into the selectors (RFC 7296 §2.9).
    package var trigger: (local: TrafficSelector, remote: TrafficSelector)?
    /// The peer sets up CHILD_SAs for one pair of selectors at a time (RFC 7296 §2.9): that of the packet.
    var isSinglePair = false
    /// How often the peer has asked to wait.
    var timesPutOff = 0
    var canNarrow: Bool { trigger != nil && !isSinglePair }

    package init(
        config: ChildConfig, commands: [CommandID] = [], reqid: UInt32 = 0,
        trigger: (local: TrafficSelector, remote: TrafficSelector)? = nil
    ) {
        self.config = config
        self.commands = commands
        self.reqid = reqid
        self.trigger = trigger
    }
}
