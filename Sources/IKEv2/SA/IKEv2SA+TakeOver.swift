import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

// A peer that authenticates anew sets up the CHILD_SAs of its old IKE_SA a second time, and has the answer to that some
// time after we have sent it. What we send on the new CHILD_SA meanwhile it could not read; so we go on with the old one
// as in a rekeying, until one of these shows that the peer has the new one:
//
//     a message in the new IKE_SA, a packet on the new CHILD_SA, or the end of the old one
//
// and for ten seconds at most: a peer that has lost its memory and does not say so has the new one only.

extension IKEv2SA {
    private static let takeOverPause = Duration.milliseconds(500)
    private static let takeOverLimit = Duration.seconds(10)

    /// A CHILD_SA of this new IKE_SA waits for those of older ones.
    func takeOver(_ child: ChildSA, from olds: [ChildSA], _ turn: inout Turn) {
        guard !olds.isEmpty else { return }
        for old in olds { old.successor = child }
        timers.set(.takeOver(child.uniqueID), at: turn.now + Self.takeOverPause)
    }

    func checkTakeOver(_ id: UInt32, _ turn: inout Turn) {
        guard let child = child(uniqueID: id), let begun = child.installedAt else { return }
        let isUsed = ((try? environment.kernel.usage(of: child.inboundIdentifier))?.packets ?? 0) > 0
        guard isUsed || child.hasOutbound || begun + Self.takeOverLimit <= turn.now else {
            return timers.set(.takeOver(id), at: turn.now + Self.takeOverPause)
        }
        beginSending(child, &turn)
    }

    /// An old CHILD_SA goes: whoever takes over from it sends before it stops, so that no packet leaves in the clear in
    /// between. A further one with the same selectors, which the peer has for sure, goes first: both sides may have
    /// authenticated anew.
    func handOverTraffic(of old: ChildSA) {
        guard let successor = old.successor, !successor.hasOutbound else { return }
        let others = host.predecessors(of: successor, in: self)
        for other in others { other.successor = successor }
        // Should the kernel refuse, the successor's own timer sees that it does not send.
        if others.isEmpty { try? successor.installOutbound(environment) }
    }

    /// The peer talks in this IKE_SA, so it has the responses so far.
    func takeOverAfterMessage(_ turn: inout Turn) {
        for child in children where timers.deadline(of: .takeOver(child.uniqueID)) != nil {
            timers.cancel(.takeOver(child.uniqueID))
            beginSending(child, &turn)
        }
    }

    /// From now on we send on a CHILD_SA whose outbound half was delayed.
    func beginSending(_ child: ChildSA, _ turn: inout Turn) {
        // It may have had its time: rekeyed and deleted before the one that it replaced.
        guard child.state.isUsable else { return }
        do throws(KernelError) {
            try child.installOutbound(environment)
            guard !child.hasOutbound else {
                return log(&turn, .ike) {
                    "outbound CHILD_SA \(child.label) established with SPIs \(child.spiIn)_i \(child.spiOut)_o"
                }
            }
            log(&turn, .knl) { "outbound CHILD_SA \(child.label) could not be installed" }
        } catch {
            log(&turn, .knl) { "\(error.request): \(error.reason)" }
            alert(&turn, "install-child-sa-failed", "CHILD_SA \(child.label): \(error.reason)")
        }
        // A CHILD_SA that only receives is of no use to anybody.
        queue.append(DeleteChildExchange(child))
    }
}
