import IKESA

/// Commands that concern several SAs end when the last of them is done, and every command ends once.
struct CommandGroups {
    private struct Group {
        var waiting: Int
        var matches: Int
        var done = 0
        var failure: String?
    }

    private var groups: [CommandID: Group] = [:]

    /// Commands that have not ended.
    var count: Int { groups.count }

    /// A command waits for `count` SAs.
    mutating func begin(_ command: CommandID, count: Int) {
        groups[command] = Group(waiting: count, matches: count)
    }

    mutating func abandon(_ command: CommandID) { groups[command] = nil }

    /// One SA is done; the outcome of the whole command when it was the last.
    mutating func finished(_ command: CommandID, _ outcome: CommandOutcome) -> CommandOutcome? {
        guard var group = groups[command] else { return nil }
        group.waiting -= 1
        switch outcome {
        case .success: group.done += 1
        case .failure(let reason, _, _): group.failure = group.failure ?? reason
        }
        guard group.waiting <= 0 else {
            groups[command] = group
            return nil
        }
        groups[command] = nil
        if let reason = group.failure { return .failure(reason: reason, matches: group.matches, done: group.done) }
        return .success(matches: group.matches, done: group.done)
    }
}
