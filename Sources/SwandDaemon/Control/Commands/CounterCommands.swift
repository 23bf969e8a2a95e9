package import IKESA
import VICI

/// Counts what happened, in total and for each connection.
package final class Counters {
    private var totals: [Counter: UInt64] = [:]
    private var connections: [String: [Counter: UInt64]] = [:]
    /// Names come from our own configuration, but it may be replaced for ever.
    private static let mostConnections = 10_000

    package init() {}

    package func count(_ counter: Counter, connection: String?) {
        totals[counter, default: 0] += 1
        guard let connection else { return }
        guard connections[connection] != nil || connections.count < Self.mostConnections else { return }
        connections[connection, default: [:]][counter, default: 0] += 1
    }

    /// The names of connections that something was counted for.
    package var names: [String] { connections.keys.sorted() }

    package func values(of connection: String?) -> [Counter: UInt64]? {
        connection.map { connections[$0] } ?? totals
    }

    package func reset(_ connection: String?) {
        if let connection { connections[connection] = nil } else { totals = [:] }
    }

    package func resetAllConnections() { connections = [:] }
}

/// `get-counters` and `reset-counters`.
package struct CounterCommands: CommandGroup {
    private let counters: Counters

    package init(counters: Counters) { self.counters = counters }

    package var commands: [ControlCommand] {
        [
            ControlCommand("get-counters") { (request) throws(CommandFailure) in try self.get(request) },
            ControlCommand("reset-counters") { (request) throws(CommandFailure) in try self.reset(request) },
        ]
    }

    private static let unknown = "no counters found for this connection"

    private func get(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        var message = VICIMessage()
        var sections = VICIMessage()
        if request.bool("all") ?? false {
            for name in counters.names { sections.section(name, section(counters.values(of: name) ?? [:])) }
        } else {
            let name = request.string("name")
            guard let values = counters.values(of: name) else {
                message.section("counters", VICIMessage())
                throw CommandFailure(Self.unknown, details: message)
            }
            sections.section(name ?? "", section(values))
        }
        message.section("counters", sections)
        message.set("success", true)
        return .answer(message)
    }

    private func section(_ values: [Counter: UInt64]) -> VICIMessage {
        var section = VICIMessage()
        for counter in Counter.allCases { section.set(counter.rawValue, values[counter] ?? 0) }
        return section
    }

    private func reset(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        if request.bool("all") ?? false {
            counters.resetAllConnections()
        } else {
            let name = request.string("name")
            guard counters.values(of: name) != nil else { throw CommandFailure(Self.unknown) }
            counters.reset(name)
        }
        return .answer(.success)
    }
}
