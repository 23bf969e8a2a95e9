import IKESA
import IKEv2
import IPsecModel

/// The IKE_SAs of a shard, found by their own SPI, and the small indexes beside it.
struct SATable {
    private var bySPI: [IKESPI: IKEv2SA] = [:]
    private var byUniqueID: [UInt32: IKESPI] = [:]
    /// IKE_SAs by the peer's identity, for uniqueness.
    private var byIdentity: [IdentityKey: Set<IKESPI>] = [:]
    /// IKE_SAs by connection name.
    private var byName: [String: Set<IKESPI>] = [:]
    /// Who owns what the kernel reports about: a hint that is checked, since CHILD_SAs move between IKE_SAs.
    private struct KernelKey: Hashable {
        let spi: SPI
        let destination: IPAddress
        init(_ identifier: SAIdentifier) {
            spi = identifier.spi
            destination = identifier.destination
        }
    }
    private var owners: [KernelKey: IKESPI] = [:]

    var count: Int { bySPI.count }
    var all: Dictionary<IKESPI, IKEv2SA>.Values { bySPI.values }

    func contains(_ spi: IKESPI) -> Bool { bySPI[spi] != nil }
    subscript(spi: IKESPI) -> IKEv2SA? { bySPI[spi] }
    func sa(uniqueID: UInt32) -> IKEv2SA? { byUniqueID[uniqueID].flatMap { bySPI[$0] } }
    func named(_ name: String) -> [IKEv2SA] { oldestFirst(byName[name]) }
    func with(remoteIdentity: Identification) -> [IKEv2SA] { oldestFirst(byIdentity[IdentityKey(remoteIdentity)]) }

    /// A set has another order in every run; what is done to several SAs must not.
    private func oldestFirst(_ spis: Set<IKESPI>?) -> [IKEv2SA] {
        let found = (spis ?? []).compactMap { bySPI[$0] }
        return found.count > 1 ? found.sorted { $0.uniqueID < $1.uniqueID } : found
    }

    mutating func insert(_ sa: IKEv2SA) {
        bySPI[sa.localSPI] = sa
        byUniqueID[sa.uniqueID] = sa.localSPI
        note(sa)
    }

    /// Follows what authentication and configuration have changed.
    mutating func note(_ sa: IKEv2SA) {
        guard bySPI[sa.localSPI] != nil else { return }
        if indexed[sa.localSPI]?.name != sa.peer.name || indexed[sa.localSPI]?.identity != sa.remoteIdentity {
            unindex(sa.localSPI)
            byName[sa.peer.name, default: []].insert(sa.localSPI)
            if let identity = sa.remoteIdentity { byIdentity[IdentityKey(identity), default: []].insert(sa.localSPI) }
            indexed[sa.localSPI] = (sa.peer.name, sa.remoteIdentity)
        }
        for child in sa.children {
            if child.hasInbound { owners[KernelKey(child.inboundIdentifier)] = sa.localSPI }
            if child.hasOutbound { owners[KernelKey(child.outboundIdentifier)] = sa.localSPI }
        }
    }
    private var indexed: [IKESPI: (name: String, identity: Identification?)] = [:]

    private mutating func unindex(_ spi: IKESPI) {
        guard let entry = indexed.removeValue(forKey: spi) else { return }
        byName[entry.name]?.remove(spi)
        if byName[entry.name]?.isEmpty == true { byName[entry.name] = nil }
        if let identity = entry.identity {
            let key = IdentityKey(identity)
            byIdentity[key]?.remove(spi)
            if byIdentity[key]?.isEmpty == true { byIdentity[key] = nil }
        }
    }

    mutating func remove(_ sa: IKEv2SA) {
        unindex(sa.localSPI)
        bySPI[sa.localSPI] = nil
        byUniqueID[sa.uniqueID] = nil
    }

    /// The IKE_SA and CHILD_SA that an SA in the kernel belongs to.
    mutating func owner(of identifier: SAIdentifier) -> (sa: IKEv2SA, child: ChildSA)? {
        let key = KernelKey(identifier)
        guard let hint = owners[key] else { return nil }
        if let sa = bySPI[hint], let child = sa.child(of: identifier) { return (sa, child) }
        for sa in all {
            if let child = sa.child(of: identifier) {
                owners[key] = sa.localSPI
                return (sa, child)
            }
        }
        owners[key] = nil
        return nil
    }
}
