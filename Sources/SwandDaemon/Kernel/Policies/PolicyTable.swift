package import IKESA
package import XFRM

/// Who wants which policy: the kernel has one policy of each key, and the best of those that want it is in force.
///
/// Pure bookkeeping; ``PolicyInstaller`` makes the kernel follow.
package struct PolicyTable {
    /// One owner's wish. There are three of them for each CHILD_SA, so they hold no more than they need.
    package struct Entry {
        package var policy: XFRMPolicy
        /// What a route is made from; `nil` where none belongs to the policy.
        package var routed: RoutedPolicy?
        /// Waits for its CHILD_SA, and gives way to any.
        package var isTrap: Bool

        package init(policy: XFRMPolicy, routed: RoutedPolicy? = nil, isTrap: Bool = false) {
            self.policy = policy
            self.routed = routed
            self.isTrap = isTrap
        }
    }

    package final class RoutedPolicy: Sendable {
        package let parameters: PolicyParameters
        package init(_ parameters: PolicyParameters) { self.parameters = parameters }
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

    /// What the route of the policy in force is made from.
    package func routed(_ key: XFRMPolicyKey) -> PolicyParameters? { entries[key]?.first?.routed?.parameters }

    /// Another request identifier that has the same policy already: two CHILD_SAs cannot share the traffic. A trap with
    /// unique marks has another one than its CHILD_SA.
    package func conflict(with entry: Entry) -> UInt32? {
        guard let own = entry.policy.templates.first?.reqid else { return nil }
        return entries[entry.policy.key]?.lazy
            .filter { !$0.isTrap }.compactMap { $0.policy.templates.first?.reqid }
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

    /// The owner itself, or one whose outer addresses or CPI are others: those change while a CHILD_SA lives.
    private static func place(of entry: Entry, in owners: [Entry]) -> Int? {
        let wanted = entry.policy
        return owners.firstIndex { $0.policy == wanted }
            ?? owners.firstIndex {
                $0.policy.priority == wanted.priority
                    && $0.policy.templates.last?.spi == wanted.templates.last?.spi
                    && $0.policy.templates.last?.reqid == wanted.templates.last?.reqid
            }
    }

    private func change(from old: XFRMPolicy?, to new: XFRMPolicy?) -> Change {
        guard let new, new != old else { return .none }
        return .update(new)
    }
}
