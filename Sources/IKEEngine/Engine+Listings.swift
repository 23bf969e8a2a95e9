package import IKESA
import IKEv2
package import IPsecModel

extension Engine {
    /// All IKE_SAs in the order of their numbers, with counters from the kernel.
    package func ikeSAs(at now: Instant) -> [IKESASnapshot] {
        table.all.sorted { $0.uniqueID < $1.uniqueID }.map { $0.snapshot(at: now, usage: true) }
    }

    /// Numbers of all IKE_SAs, for listings that are taken in parts.
    package var ikeSAIDs: [UInt32] { table.all.map(\.uniqueID).sorted() }

    package func ikeSA(_ uniqueID: UInt32, at now: Instant) -> IKESASnapshot? {
        table.sa(uniqueID: uniqueID)?.snapshot(at: now, usage: true)
    }

    package func policies() -> [PolicySnapshot] {
        traps.entries.values.sorted { ($0.peer.name, $0.child.name) < ($1.peer.name, $1.child.name) }.map {
            PolicySnapshot(
                ike: $0.peer.name, child: $0.child.name, mode: $0.child.mode, uniqueID: $0.uniqueID,
                reqid: $0.reqid,
                localSelectors: $0.local, remoteSelectors: $0.remote)
        }
    }

    package var ikeSACount: Int { table.count }
    package var halfOpenCount: Int { halfOpen.count }
}
