package import IPsecModel

/// What the core asks of the outside world, in the order in which it is to happen.
///
/// Cryptography and kernel requests are not here: they answer at once and are called through ``CoreEnvironment``.
package enum Effect: Sendable {
    /// - dscp: six bits for the IP header.
    case transmit(bytes: [UInt8], path: Path, dscp: UInt8)
    case log(LogLine)
    case event(SAEvent)
    case complete(CommandID, CommandOutcome)
    indirect case service(ServiceRequest)
}

/// Requests whose answer comes later, as an input with the same token, or never.
package enum ServiceRequest: Sendable {
    /// Resolve a name; answered by `Engine.resolved(token:addresses:…)`.
    case resolve(name: String, token: UInt64)
    /// Run the updown script of a CHILD_SA; not answered.
    case updown(UpdownCall)
}

/// The effects of one input: a buffer that the shell owns and empties after executing them.
package struct Effects: Sendable {
    package private(set) var list: [Effect] = []
    /// Whether a command was completed.
    package private(set) var hasCompletions = false
    /// What somebody listens to; set by the shell.
    package var logLevels: LogLevels

    package init(logLevels: LogLevels = LogLevels()) { self.logLevels = logLevels }

    package mutating func append(_ effect: Effect) {
        if case .complete = effect { hasCompletions = true }
        list.append(effect)
    }

    /// Adds everything of `other` behind what is here.
    package mutating func append(contentsOf other: Effects) {
        hasCompletions = hasCompletions || other.hasCompletions
        if list.isEmpty { list = other.list } else { list += other.list }
    }

    package mutating func transmit(_ bytes: [UInt8], on path: Path, dscp: UInt8 = 0) {
        list.append(.transmit(bytes: bytes, path: path, dscp: dscp))
    }

    /// Adds a log line if somebody listens; `text` is not evaluated otherwise.
    package mutating func log(
        _ group: LogGroup, _ level: Int8, ike: (name: String, id: UInt32)? = nil, command: CommandID? = nil,
        _ text: @autoclosure () -> String
    ) {
        guard logLevels.contains(group, level) else { return }
        list.append(
            .log(
                LogLine(
                    group: group, level: level, text: text(), ikeName: ike?.name, uniqueID: ike?.id, command: command)))
    }

    package mutating func removeAll() {
        list.removeAll(keepingCapacity: true)
        hasCompletions = false
    }

    /// Hands the collected effects over and starts anew.
    package mutating func drain() -> [Effect] {
        let drained = list
        list = []
        hasCompletions = false
        return drained
    }
}
