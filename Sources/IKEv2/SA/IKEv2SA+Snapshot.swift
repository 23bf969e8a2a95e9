import CryptoInterface
import IKECodec
package import IKESA
package import IPsecModel
import Wire

extension IKEv2SA {
    /// The SA as listings and events show it.
    ///
    /// - Parameters:
    ///   - usage: whether the kernel is asked for counters.
    ///   - children: which CHILD_SAs; `nil`: all.
    package func snapshot(at now: Instant, usage: Bool, children chosen: [ChildSA]? = nil) -> IKESASnapshot {
        var shot = IKESASnapshot(
            name: peer.name, uniqueID: uniqueID, version: .ikev2, state: state.rawValue, path: path,
            isInitiator: isInitiator, initiatorSPI: initiatorSPI, responderSPI: responderSPI)
        shot.localIdentity = localIdentity
        shot.remoteIdentity = remoteIdentity
        shot.natLocal = natLocal
        shot.natRemote = natRemote
        shot.natFake = natFake
        shot.proposal = proposal
        shot.usesPPK = usesPPK
        shot.established = establishedAt.map { now - $0 }
        shot.rekeyIn = timers.deadline(of: .rekey).map { $0 - now }
        shot.reauthIn = timers.deadline(of: .reauthenticate).map { $0 - now }
        shot.interfaceIDIn = resolvedInterfaceIDs?.in ?? 0
        shot.interfaceIDOut = resolvedInterfaceIDs?.out ?? 0
        shot.tasksActive = active.map { [$0.name] } ?? []
        shot.tasksQueued = queue.map(\.name)
        shot.children = (chosen ?? children).map {
            $0.snapshot(at: now, kernel: usage ? environment.kernel : nil)
        }
        return shot
    }
}
