package import IKESA
package import IPsecModel

/// All IKE_SAs of one shard: takes datagrams, kernel events, commands and the passing of time, and appends what is to
/// be done to the caller's ``Effects``. It does no I/O, reads no clock and is used from one thread.
package final class Engine {
    package let environment: CoreEnvironment

    package init(environment: CoreEnvironment) {
        self.environment = environment
    }

    // MARK: Time

    /// When ``advance(to:into:)`` must be called next; `nil`: not before another input.
    package var nextDeadline: Instant? { nil }

    /// Fires every timer that is due.
    package func advance(to now: Instant, into effects: inout Effects) {}

    // MARK: Inputs

    /// A datagram without the non-ESP marker. The bytes are decrypted in place.
    package func receive(_ datagram: inout [UInt8], on path: Path, at now: Instant, into effects: inout Effects) {}

    package func kernelEvent(_ event: KernelEvent, at now: Instant, into effects: inout Effects) {}

    /// The answer to ``ServiceRequest/resolve(name:token:)``; empty: the name does not resolve.
    package func resolved(token: UInt64, addresses: [IPAddress], at now: Instant, into effects: inout Effects) {}

    /// Starts a command; ends with ``Effect/complete(_:_:)``, at once or later.
    package func perform(_ command: Command, id: CommandID, at now: Instant, into effects: inout Effects) {}

    /// Stops waiting for a command whose caller is gone; what it started goes on.
    package func abandon(_ id: CommandID) {}

    /// Replaces the configured connections. SAs keep the configuration they were set up with; `start_action` of
    /// new or changed connections is carried out, traps of removed ones are taken back.
    package func update(connections: [PeerConfig], at now: Instant, into effects: inout Effects) {}

    /// Closes everything: deletes are sent once, kernel state is taken back at once.
    package func shutdown(at now: Instant, into effects: inout Effects) {}

    // MARK: Listings

    package func ikeSAs(at now: Instant) -> [IKESASnapshot] { [] }
    package func policies() -> [PolicySnapshot] { [] }
    package var connections: [PeerConfig] { [] }
    package var ikeSACount: Int { 0 }
    package var halfOpenCount: Int { 0 }
}
