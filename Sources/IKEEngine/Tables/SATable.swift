import IKESA
import IKEv2
import IPsecModel

/// The IKE_SAs of a shard, found by their own SPI, and the small indexes beside it.
struct SATable {
    private var bySPI: [IKESPI: IKEv2SA] = [:]
    private var byUniqueID: [UInt32: IKESPI] = [:]
    /// IKE_SAs by both identities, for uniqueness.
    private struct Identities: Hashable {
        let remote: Identification
        let local: Identification?
        init?(_ entry: Entry) {
            guard let remote = entry.remote else { return nil }
            self.init(remote: remote, local: entry.local)
        }
        init(remote: Identification, local: Identification?) {
            self.remote = remote.canonical
            self.local = local?.canonical
        }
    }
    private var byIdentity: [Identities: Set<IKESPI>] = [:]
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

    /// IKE_SAs of peers that have initiated, by the hash of their first message.
    private var byFirstRequest: [Int: IKESPI] = [:]

    var count: Int { bySPI.count }
    /// Entries of each index for an IKE_SA: all as many as there are IKE_SAs, or fewer.
    var sizes: [Int] {
        [
            byUniqueID.count, indexed.count, byFirstRequest.count, byName.values.reduce(0) { $0 + $1.count },
            byIdentity.values.reduce(0) { $0 + $1.count },
        ]
    }
    var all: Dictionary<IKESPI, IKEv2SA>.Values { bySPI.values }

    func contains(_ spi: IKESPI) -> Bool { bySPI[spi] != nil }
    subscript(spi: IKESPI) -> IKEv2SA? { bySPI[spi] }
    func sa(uniqueID: UInt32) -> IKEv2SA? { byUniqueID[uniqueID].flatMap { bySPI[$0] } }
    func sa(firstRequest digest: Int) -> IKEv2SA? { byFirstRequest[digest].flatMap { bySPI[$0] } }
    func named(_ name: String) -> [IKEv2SA] { oldestFirst(byName[name]) }
    /// IKE_SAs between these two; both are known where both sides are authenticated.
    func between(local: Identification, remote: Identification) -> [IKEv2SA] {
        oldestFirst(byIdentity[Identities(remote: remote, local: local)])
    }

    /// A set has another order in every run; what is done to several SAs must not.
    private func oldestFirst(_ spis: Set<IKESPI>?) -> [IKEv2SA] {
        let found = (spis ?? []).compactMap { bySPI[$0] }
        return found.count > 1 ? found.sorted { $0.uniqueID < $1.uniqueID } : found
    }

    mutating func insert(_ sa: IKEv2SA) {
        bySPI[sa.localSPI] = sa
        byUniqueID[sa.uniqueID] = sa.localSPI
        if let digest = sa.firstRequest { byFirstRequest[digest] = sa.localSPI }
        note(sa)
    }

    /// Follows what authentication and configuration have changed.
    mutating func note(_ sa: IKEv2SA) {
        guard bySPI[sa.localSPI] != nil else { return }
        let entry = Entry(name: sa.peer.name, remote: sa.remoteIdentity, local: sa.localIdentity)
        if indexed[sa.localSPI] != entry {
            unindex(sa.localSPI)
            byName[entry.name, default: []].insert(sa.localSPI)
            if let identities = Identities(entry) { byIdentity[identities, default: []].insert(sa.localSPI) }
            indexed[sa.localSPI] = entry
        }
        for child in sa.children {
            if child.hasInbound { owners[KernelKey(child.inboundIdentifier)] = sa.localSPI }
            if child.hasOutbound { owners[KernelKey(child.outboundIdentifier)] = sa.localSPI }
        }
        if owners.count > mostOwners { forgetOldOwners() }
    }

    /// Rekeyed CHILD_SAs leave their hints behind; they are swept once they may outnumber the others.
    private mutating func forgetOldOwners() {
        owners = owners.filter { key, spi in
            bySPI[spi]?.children.contains {
                KernelKey($0.inboundIdentifier) == key || KernelKey($0.outboundIdentifier) == key
            } ?? false
        }
        mostOwners = max(256, 2 * owners.count)
    }
    private var mostOwners = 256

    /// Under what an IKE_SA stands in the indexes.
    private struct Entry: Equatable {
        let name: String
        let remote: Identification?
        let local: Identification?
    }
    private var indexed: [IKESPI: Entry] = [:]

    private mutating func unindex(_ spi: IKESPI) {
        guard let entry = indexed.removeValue(forKey: spi) else { return }
        byName[entry.name]?.remove(spi)
        if byName[entry.name]?.isEmpty == true { byName[entry.name] = nil }
        if let identities = Identities(entry) {
            byIdentity[identities]?.remove(spi)
            if byIdentity[identities]?.isEmpty == true { byIdentity[identities] = nil }
        }
    }

    mutating func remove(_ sa: IKEv2SA) {
        unindex(sa.localSPI)
        bySPI[sa.localSPI] = nil
        byUniqueID[sa.uniqueID] = nil
        if let digest = sa.firstRequest, byFirstRequest[digest] == sa.localSPI { byFirstRequest[digest] = nil }
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
