import IKESA

/// Hands what shards report to the counters and to the control clients.
final class EventDistributor: SAObserver {
    private let counters: Counters
    weak var control: ControlService?
    /// Called when the number of IKE_SAs has changed.
    var countChanged: (() -> Void)?

    init(counters: Counters) { self.counters = counters }

    func event(_ event: SAEvent) {
        if case .counter(let counter, let connection) = event {
            counters.count(counter, connection: connection)
        } else {
            control?.event(event)
            if case .ikeUpDown = event { countChanged?() }
        }
    }

    func complete(_ id: CommandID, _ outcome: CommandOutcome) { control?.complete(id, outcome) }
}
