package import IKESA
package import XFRM

/// Who wants which policy: the kernel has one policy of each key, and the best of those that want it is in force.
///
/// Pure bookkeeping; ``PolicyInstaller`` makes the kernel follow.
package struct PolicyTable {
    /// One owner's wish.
    package struct Entry: Hashable, Sendable {
        package var parameters: PolicyParameters
        package var policy: XFRMPolicy
    }

    /// What has to be done in the kernel.
    package enum Change: Equatable {
        case none
        case add(XFRMPolicy)
        case update(XFRMPolicy)
        case delete(XFRMPolicyKey)
    }

    /// In order of preference; the first is in force. Never empty.
    private var entries: [XFRMPolicyKey: [Entry]] = [:]

    package init() {}

    package var count: Int { entries.count }
    package var keys: some Collection<XFRMPolicyKey> { entries.keys }

    package func inForce(_ key: XFRMPolicyKey) -> XFRMPolicy? { entries[key]?.first?.policy }

    /// The owner whose policy is in force.
    package func best(_ key: XFRMPolicyKey) -> PolicyParameters? { entries[key]?.first?.parameters }

    /// Another request identifier that has the same policy already: two CHILD_SAs cannot share the traffic.
    package func conflict(with entry: Entry) -> UInt32? {
        guard let own = entry.policy.templates.first?.reqid else { return nil }
        return entries[entry.policy.key]?.lazy
            .compactMap { $0.policy.templates.first?.reqid }
            .first { $0 != own }
    }

    /// Adds an owner. Among owners of equal priority the newest comes first: after a rekeying that is the one with
    /// the new SPI.
    package mutating func add(_ entry: Entry) -> Change {
        let key = entry.policy.key
        guard var owners = entries[key] else {
            entries[key] = [entry]
            return .add(entry.policy)
        }
        let before = owners.first?.policy
        let place = owners.firstIndex { $0.policy.priority >= entry.policy.priority } ?? owners.endIndex
        owners.insert(entry, at: place)
        entries[key] = owners
        return change(from: before, to: owners.first?.policy)
    }

    /// Takes an owner away; `nil` if there is no such owner.
    package mutating func remove(_ entry: Entry) -> Change? {
        let key = entry.policy.key
        guard var owners = entries[key], let place = Self.place(of: entry, in: owners) else { return nil }
        let before = owners.first?.policy
        owners.remove(at: place)
        guard let best = owners.first else {
            entries[key] = nil
            return .delete(key)
        }
        entries[key] = owners
        return change(from: before, to: best.policy)
    }

    /// The owner itself, or one that differs in outer addresses only: those change while a CHILD_SA lives.
    private static func place(of entry: Entry, in owners: [Entry]) -> Int? {
        owners.firstIndex(of: entry)
            ?? owners.firstIndex { $0.parameters == entry.parameters }
            ?? owners.firstIndex {
                $0.policy.priority == entry.policy.priority
                    && $0.policy.templates.map(\.spi) == entry.policy.templates.map(\.spi)
                    && $0.policy.templates.map(\.reqid) == entry.policy.templates.map(\.reqid)
            }
    }

    private func change(from old: XFRMPolicy?, to new: XFRMPolicy?) -> Change {
        guard let new, new != old else { return .none }
        return .update(new)
    }
}
