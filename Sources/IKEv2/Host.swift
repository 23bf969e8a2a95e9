import CryptoInterface
import IKECodec
package import IKESA
package import IPsecModel
import Wire

/// What an IKE_SA needs of the engine that owns it: numbers that are unique across SAs, the configuration, and the
/// other SAs.
package protocol IKEv2Host: AnyObject {
    var environment: CoreEnvironment { get }
    var reqids: ReqidTable { get set }
    var marks: UniqueMarks { get set }

    func takeIKEUniqueID() -> UInt32
    func takeChildUniqueID() -> UInt32
    /// An SPI that no IKE_SA here has.
    func takeSPI() -> IKESPI

    /// Connections that may answer a first message at these addresses, the most specific first.
    func connections(for path: Path) -> ConnectionCandidates
    /// Connections at these addresses, also those that first messages cannot tell from others.
    func connections(for path: Path, limit: Int) -> ConnectionCandidates
    /// Connections that may go with an authenticated peer: `path`, the peer's identity, and the identity that the
    /// peer wants of us, if any; the best fit first.
    func connections(for path: Path, remote: Identification, local: Identification?) -> ConnectionCandidates

    /// Something about this IKE_SA, other than the one at work, has changed: its timers are looked at again.
    func touch(_ sa: IKEv2SA)
    /// A rekeying made a new IKE_SA.
    func adopt(_ sa: IKEv2SA)
    /// This IKE_SA ends with a response that may have to be sent again.
    func keep(_ response: LastResponse, of sa: IKEv2SA, at now: Instant)
    /// Both sides are authenticated; carries out the connection's `unique` policy.
    /// - Returns: whether the new SA may stay.
    func admit(_ sa: IKEv2SA, initialContact: Bool, _ turn: inout Turn) -> Bool
    /// Whether no other IKE_SA exists between the same identities, so that INITIAL_CONTACT may be sent.
    func isInitialContact(_ sa: IKEv2SA) -> Bool
    /// Another IKE_SA of the same connection with the same peer.
    func sibling(of sa: IKEv2SA) -> IKEv2SA?
    /// Whether another IKE_SA between the same identities is there to stay.
    func isRedundant(_ sa: IKEv2SA) -> Bool
    /// CHILD_SAs of other IKE_SAs with the same peer that a new one is likely to replace: the peer authenticates anew,
    /// and the old IKE_SA goes once it has our answer.
    func predecessors(of child: ChildSA, in sa: IKEv2SA) -> [ChildSA]
    /// A CHILD_SA is gone, and its configuration may want it back.
    func childLost(_ child: ChildSA, of sa: IKEv2SA, _ action: ChildConfig.LossAction, _ turn: inout Turn)
    /// Sets up a new IKE_SA in place of this one, with the same CHILD_SAs (RFC 7296 §2.8.3).
    func reauthenticate(_ sa: IKEv2SA, commands: [CommandID], _ turn: inout Turn)
    /// An IKE_SA could not be set up: is there another try?
    func connectFailed(_ sa: IKEv2SA, reason: ConnectFailure, _ turn: inout Turn)
}

/// Why an IKE_SA of ours did not come up.
package enum ConnectFailure: Equatable, Sendable {
    case peerSilent
    case refused(String)
}
