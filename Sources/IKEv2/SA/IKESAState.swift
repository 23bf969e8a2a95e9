import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Where an IKE_SA stands, with charon's names.
package enum IKESAState: String, Sendable {
    case created = "CREATED"
    case connecting = "CONNECTING"
    case established = "ESTABLISHED"
    /// We asked for a replacement.
    case rekeying = "REKEYING"
    /// A replacement exists; the delete of this one is awaited.
    case rekeyed = "REKEYED"
    /// We sent a delete.
    case deleting = "DELETING"
    /// Nothing refers to it any more; the engine removes it.
    case destroying = "DESTROYING"
}

/// Timers of an IKE_SA.
package enum IKETimer: Hashable, Sendable {
    /// What a CHILD_SA has, wherever it goes.
    static func ofChild(_ id: UInt32) -> [IKETimer] {
        [.removeChild(id), .deleteRekeyed(id), .takeOver(id), .retryChild(id), .inactivity(id)]
    }

    case retransmit
    /// A refusal that anybody could have sent is believed.
    case doubt
    /// A peer that began and did not authenticate.
    case halfOpen
    case rekey
    case reauthenticate
    /// The end of an SA that was not replaced in time.
    case lifetime
    case liveness
    case keepAlive
    /// A replaced CHILD_SA, by its unique ID, has received its last late packets.
    case removeChild(UInt32)
    /// The peer does not delete a CHILD_SA that it has rekeyed.
    case deleteRekeyed(UInt32)
    /// Whether a CHILD_SA that is to take over from another is in use.
    case takeOver(UInt32)
    /// A rekeying that met TEMPORARY_FAILURE is tried again.
    case retryChild(UInt32)
    /// CHILD_SAs whose creation met TEMPORARY_FAILURE are tried again.
    case retryCreate
    case retryRekey
    case inactivity(UInt32)
    /// The peer does not go on with the additional key exchanges that it began.
    case unfinished
    /// The peer does not delete what it has rekeyed.
    case rekeyedLinger
    /// Both sides have set up an IKE_SA, and this one may go.
    case redundant
}

/// What the peer said that it can do.
package struct PeerCapabilities: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package static let fragmentation = Self(rawValue: 1)
    package static let mobike = Self(rawValue: 2)
    package static let childless = Self(rawValue: 4)
    package static let eapOnly = Self(rawValue: 16)
    package static let natTraversal = Self(rawValue: 32)
    package static let strongSwan = Self(rawValue: 64)
    package static let intermediate = Self(rawValue: 128)
    package static let ppk = Self(rawValue: 256)
    package static let messageIDSync = Self(rawValue: 512)
}
