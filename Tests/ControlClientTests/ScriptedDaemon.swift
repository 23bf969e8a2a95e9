import ControlClient
import VICI

/// A daemon that answers from a script and remembers what it was asked.
final class ScriptedDaemon: ControlChannel {
    struct Answer {
        var events: [(name: String, message: VICIMessage)] = []
        /// Nil for a command that the daemon does not know.
        var response: VICIMessage? = VICIMessage()
    }

    private let answers: [String: Answer]
    /// Sent as soon as the client registers for an event of that name; the connection closes after them.
    private let followed: [String: [VICIMessage]]
    private var session = ServerSession(events: [
        "list-sa", "list-conn", "list-policy", "list-authority", "list-cert", "control-log", "log", "ike-updown",
        "child-updown",
    ])
    private var output: [UInt8] = []
    private(set) var requests: [(command: String, message: VICIMessage)] = []

    init(_ answers: [String: Answer] = [:], followed: [String: [VICIMessage]] = [:]) {
        self.answers = answers
        self.followed = followed
    }

    func send(_ bytes: [UInt8]) throws(ControlError) {
        let before = session.registeredEvents
        session.receive(bytes)
        do {
            while let command = try session.nextCommand() {
                requests.append((command.name, command.message))
                try answer(command)
            }
            for name in session.registeredEvents.subtracting(before) {
                for message in followed[name] ?? [] { try session.send(event: name, message) }
            }
        } catch {
            throw .protocolViolation(error)
        }
        output += session.takeOutput()
    }

    /// Bytes come one at a time, as badly as a socket may deliver them; the end of the script closes the connection.
    func receive() throws(ControlError) -> [UInt8] {
        guard !output.isEmpty else { return [] }
        return [output.removeFirst()]
    }

    private func answer(_ command: ServerSession.Command) throws(VICIError) {
        guard let response = answers[command.name]?.response else { return try session.respondUnknownCommand() }
        for (name, message) in answers[command.name]?.events ?? [] { try session.send(event: name, message) }
        try session.respond(response)
    }
}

/// Keeps what a command writes.
final class CollectedOutput: CommandOutput {
    private(set) var lines: [String] = []
    private(set) var complaints: [String] = []

    func print(_ line: String) { lines.append(line) }
    func complain(_ line: String) { complaints.append(line) }
    func flush() {}

    var text: String { lines.joined(separator: "\n") }
}

/// Runs one `swanctl` command line against a scripted daemon.
func swanctl(
    _ arguments: String..., daemon: ScriptedDaemon, folder: String = "/nonexistent"
) -> (status: Int32, output: CollectedOutput) {
    let output = CollectedOutput()
    let tool = Swanctl(output: output, folder: folder) { (_) throws(ControlError) in daemon }
    return (tool.run(arguments), output)
}

/// A message from pairs: strings become values, arrays lists, messages sections.
func message(_ fields: KeyValuePairs<String, Any>) -> VICIMessage {
    var message = VICIMessage()
    for (key, value) in fields {
        switch value {
        case let text as String: message.set(key, text)
        case let items as [String]: message.list(key, items)
        case let inner as VICIMessage: message.section(key, inner)
        default: break
        }
    }
    return message
}
