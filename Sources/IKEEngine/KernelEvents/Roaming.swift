import IPsecModel

/// Changes of addresses and routes that wait until no more come: an interface that goes down or comes up changes many
/// things one after the other, and a path chosen in between would be left again at once.
struct Roaming {
    /// How long the network must be quiet, and how long one change waits at most.
    static let quiet = Duration.milliseconds(200)
    static let limit = Duration.seconds(1)

    private var first: Instant?
    private(set) var deadline: Instant?
    private var addressesChanged = false

    mutating func note(addressesChanged changed: Bool, at now: Instant) {
        let begun = first ?? now
        first = begun
        addressesChanged = addressesChanged || changed
        deadline = min(now + Self.quiet, begun + Self.limit)
    }

    /// - Returns: whether addresses have changed, or only routes; `nil` while there is nothing to do.
    mutating func popDue(at now: Instant) -> Bool? {
        guard let deadline, deadline <= now else { return nil }
        defer { self = Roaming() }
        return addressesChanged
    }
}
