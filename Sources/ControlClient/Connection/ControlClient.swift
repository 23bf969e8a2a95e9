package import VICI

/// A blocking client of the daemon: one request at a time, events on the way.
package final class ControlClient {
    private let channel: any ControlChannel
    private var session = ClientSession()

    package init(channel: any ControlChannel) {
        self.channel = channel
    }

    /// Runs a command and returns the daemon's answer, whatever it says.
    ///
    /// - Parameters:
    ///   - event: an event to be registered for while the command runs.
    ///   - handle: gets every such event, in order, before this returns.
    /// - Throws: ``ControlError/unknownCommand(_:)``, ``ControlError/unknownEvent(_:)`` or what the connection throws.
    package func request(
        _ command: String, _ message: VICIMessage = VICIMessage(), event: String? = nil,
        handle: (VICIMessage) throws(ControlError) -> Void = { _ in }
    ) throws(ControlError) -> VICIMessage {
        if let event { try register(event) }
        try speak { (session) throws(VICIError) in try session.request(command, message) }
        while true {
            switch try next() {
            case .event(let name, let message):
                if name == event { try handle(message) }
            case .response(let message):
                if let event { try unregister(event) }
                return message
            case .unknownCommand: throw .unknownCommand(command)
            case .eventConfirmed, .unknownEvent: throw .protocolViolation(.unexpectedPacket(.eventConfirm))
            }
        }
    }

    /// Runs a command that must succeed: an answer with `success = no` becomes an error.
    @discardableResult
    package func perform(
        _ command: String, _ message: VICIMessage = VICIMessage()
    ) throws(ControlError) -> VICIMessage {
        let response = try request(command, message)
        try ControlClient.check(response, of: command)
        return response
    }

    /// Throws what a response says went wrong.
    package static func check(_ response: VICIMessage, of command: String) throws(ControlError) {
        guard response.bool("success") == false else { return }
        throw .refused(command: command, reason: response.text("errmsg") ?? "the daemon gave no reason")
    }

    /// Hands every event of these names to `handle` until the daemon closes the connection.
    ///
    /// Events in `optional` may be unknown to the daemon.
    package func follow(
        _ events: [String], optional: Set<String> = [],
        handle: (_ event: String, VICIMessage) throws(ControlError) -> Void
    ) throws(ControlError) {
        var early: [(String, VICIMessage)] = []
        for event in events {
            do {
                try register(event) { early.append(($0, $1)) }
            } catch .unknownEvent where optional.contains(event) {
                continue
            }
        }
        for (name, message) in early { try handle(name, message) }
        while true {
            let incoming: ClientSession.Incoming
            do {
                incoming = try next()
            } catch .disconnected {
                return
            }
            if case .event(let name, let message) = incoming { try handle(name, message) }
        }
    }

    private func register(
        _ event: String, early: (String, VICIMessage) -> Void = { _, _ in }
    ) throws(ControlError) {
        try speak { (session) throws(VICIError) in try session.register(event: event) }
        try awaitConfirmation(of: event, early: early)
    }

    private func unregister(_ event: String) throws(ControlError) {
        try speak { (session) throws(VICIError) in try session.unregister(event: event) }
        try awaitConfirmation(of: event)
    }

    private func awaitConfirmation(
        of event: String, early: (String, VICIMessage) -> Void = { _, _ in }
    ) throws(ControlError) {
        while true {
            switch try next() {
            case .event(let name, let message): early(name, message)
            case .eventConfirmed: return
            case .unknownEvent: throw .unknownEvent(event)
            case .response, .unknownCommand: throw .protocolViolation(.unexpectedPacket(.commandResponse))
            }
        }
    }

    private func speak(_ ask: (inout ClientSession) throws(VICIError) -> Void) throws(ControlError) {
        do {
            try ask(&session)
        } catch {
            throw .unsendable(error)
        }
        try channel.send(session.takeOutput())
    }

    private func next() throws(ControlError) -> ClientSession.Incoming {
        while true {
            do {
                if let incoming = try session.next() { return incoming }
            } catch {
                throw .protocolViolation(error)
            }
            let bytes = try channel.receive()
            guard !bytes.isEmpty else { throw .disconnected }
            session.receive(bytes)
        }
    }
}
