import IKESA
import IPsecModel

/// Installed trap and shunt policies (RFC 4301 §4.4.1): what the kernel asks about, and what passes or is dropped.
struct TrapTable {
    struct Entry {
        var peer: PeerConfig
        var child: ChildConfig
        /// From the numbers of CHILD_SAs, as `ipsec status` shows it.
        var uniqueID: UInt32
        /// 0: a shunt.
        var reqid: UInt32
        var ownsReqid: Bool
        var policies: [PolicyParameters]
        var local: [TrafficSelector]
        var remote: [TrafficSelector]
        /// The peer is whoever a packet goes to.
        var isForAnyPeer = false
        /// Claimed of the kernel.
        var interface: String?
    }

    struct Key: Hashable {
        let peer: String
        let child: String
    }

    private(set) var entries: [Key: Entry] = [:]
    private var byReqid: [UInt32: Key] = [:]

    subscript(peer: String, child: String) -> Entry? { entries[Key(peer: peer, child: child)] }
    func entry(reqid: UInt32) -> Entry? { byReqid[reqid].flatMap { entries[$0] } }

    mutating func insert(_ entry: Entry) {
        let key = Key(peer: entry.peer.name, child: entry.child.name)
        entries[key] = entry
        if entry.reqid != 0 { byReqid[entry.reqid] = key }
    }

    mutating func remove(peer: String, child: String) -> Entry? {
        guard let entry = entries.removeValue(forKey: Key(peer: peer, child: child)) else { return nil }
        byReqid[entry.reqid] = nil
        return entry
    }
}
