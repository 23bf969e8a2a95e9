/// Where a CHILD_SA stands, with charon's names.
package enum ChildState: String, Sendable {
    /// Being negotiated; nothing is in the kernel.
    case created = "CREATED"
    case installing = "INSTALLING"
    /// Traffic flows.
    case installed = "INSTALLED"
    /// Addresses are being changed.
    case updating = "UPDATING"
    /// We asked for a replacement.
    case rekeying = "REKEYING"
    /// A replacement exists; the peer's (or our) delete is awaited.
    case rekeyed = "REKEYED"
    /// A rekeying failed and is tried again.
    case retrying = "RETRYING"
    /// We sent a delete.
    case deleting = "DELETING"
    /// Deleted, but late packets are still accepted for a moment.
    case deleted = "DELETED"
    case destroying = "DESTROYING"

    /// Whether the SA carries traffic and may be rekeyed or deleted.
    package var isUsable: Bool {
        switch self {
        case .installed, .updating, .rekeying, .rekeyed, .retrying: true
        default: false
        }
    }
}
