package import IPsecModel

/// Numbers that tie policies to SAs. CHILD_SAs with the same selectors, marks and interface IDs share one, so that a
/// rekeyed SA takes over the policies of the old one and a trap finds the SA it asked for.
package struct ReqidTable {
    package struct Key: Hashable {
        let local: [TrafficSelector]
        let remote: [TrafficSelector]
        let markIn: Mark
        let markOut: Mark
        let interfaceIn: UInt32
        let interfaceOut: UInt32
        package init(
            local: [TrafficSelector], remote: [TrafficSelector], markIn: Mark, markOut: Mark, interfaceIn: UInt32,
            interfaceOut: UInt32
        ) {
            self.local = local
            self.remote = remote
            self.markIn = markIn
            self.markOut = markOut
            self.interfaceIn = interfaceIn
            self.interfaceOut = interfaceOut
        }
    }

    private var numbers: [Key: (reqid: UInt32, users: Int)] = [:]
    private var keys: [UInt32: Key] = [:]
    private var next: UInt32
    private var free: [UInt32] = []

    /// Reqids in use.
    package var count: Int { keys.count }

    package init(base: UInt32) { next = max(1, base) }

    /// The reqid of everything with this key; every call needs a ``release(_:)``.
    package mutating func claim(_ key: Key) -> UInt32 {
        if let entry = numbers[key] {
            numbers[key] = (entry.reqid, entry.users + 1)
            return entry.reqid
        }
        let reqid: UInt32
        if let released = free.popLast() {
            reqid = released
        } else {
            reqid = next
            // Zero means "none" to the kernel.
            next = next == .max ? 1 : next + 1
        }
        numbers[key] = (reqid, 1)
        keys[reqid] = key
        return reqid
    }

    /// Counts another user of a reqid that is claimed already, whatever its key (a rekeyed or acquired SA).
    ///
    /// - Returns: whether it is still claimed; one that was given back may have become that of other selectors.
    package mutating func retain(_ reqid: UInt32) -> Bool {
        guard let key = keys[reqid], let entry = numbers[key] else { return false }
        numbers[key] = (reqid, entry.users + 1)
        return true
    }

    package mutating func release(_ reqid: UInt32) {
        guard let key = keys[reqid], let entry = numbers[key] else { return }
        if entry.users > 1 {
            numbers[key] = (reqid, entry.users - 1)
        } else {
            numbers[key] = nil
            keys[reqid] = nil
            free.append(reqid)
        }
    }
}
