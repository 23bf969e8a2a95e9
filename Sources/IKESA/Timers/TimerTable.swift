package import IPsecModel

/// The deadlines of one SA: at most one for each kind. A timer that fires late or without reason is ordinary.
package struct TimerTable<Kind: Hashable & Sendable>: Sendable {
    // A handful of entries: a scan is cheaper than hashing and needs one allocation.
    private var entries: [(kind: Kind, deadline: Instant)] = []

    package init() {}

    package mutating func set(_ kind: Kind, at deadline: Instant) {
        if let index = entries.firstIndex(where: { $0.kind == kind }) {
            entries[index].deadline = deadline
        } else {
            entries.append((kind, deadline))
        }
    }

    package mutating func cancel(_ kind: Kind) {
        entries.removeAll { $0.kind == kind }
    }

    package mutating func cancelAll() { entries.removeAll() }

    package var kinds: [Kind] { entries.map(\.kind) }

    package func deadline(of kind: Kind) -> Instant? {
        entries.first { $0.kind == kind }?.deadline
    }

    package var earliest: Instant? {
        var earliest = entries.first?.deadline
        for entry in entries.dropFirst() {
            if let known = earliest, entry.deadline < known { earliest = entry.deadline }
        }
        return earliest
    }

    /// Takes out the earliest timer that is due.
    package mutating func popDue(at now: Instant) -> Kind? {
        guard let index = entries.indices.min(by: { entries[$0].deadline < entries[$1].deadline }),
            entries[index].deadline <= now
        else { return nil }
        return entries.remove(at: index).kind
    }
}
