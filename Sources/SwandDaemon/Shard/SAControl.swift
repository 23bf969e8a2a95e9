package import IKESA

/// What the control side may ask of the shards.
package protocol SAControl: AnyObject {
    /// Starts a command. Its lines and its completion carry `id`; completion may come before this returns.
    func perform(_ command: Command, id: CommandID)
    /// Forgets who asked; what the command started goes on.
    func abandon(_ id: CommandID)
    /// Numbers of all IKE_SAs, for listings that are taken in parts.
    var ikeSAIDs: [UInt32] { get }
    func ikeSA(_ uniqueID: UInt32) -> IKESASnapshot?
    func policies() -> [PolicySnapshot]
    var ikeSACount: Int { get }
    var halfOpenCount: Int { get }
}

/// What the control side is told by the shards.
package protocol SAObserver: AnyObject {
    func event(_ event: SAEvent)
    func complete(_ id: CommandID, _ outcome: CommandOutcome)
}
