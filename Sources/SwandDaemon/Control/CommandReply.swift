package import IKESA
package import VICI

/// What a command does with its request: answers at once, lists, or sets the engine to work.
package enum CommandReply {
    case answer(VICIMessage)
    /// Sends the messages of `next` as events of this name, as fast as the client reads them, then answers.
    case listing(event: String, next: () -> VICIMessage?)
    case engine(EngineRequest)
}

/// A command for the engine, and how its outcome is answered.
package struct EngineRequest {
    package enum Patience: Equatable, Sendable {
        case forever
        /// Answer at once and let the command go on.
        case none
        case milliseconds(Int64)
    }

    package var command: Command
    package var patience: Patience = .forever
    /// `control-log` events up to this level.
    package var logLevel: Int8 = 1
    /// The answer when patience ends first; without the point in time.
    package var timeoutText: String
    package var answer: (CommandOutcome) -> VICIMessage

    package init(
        command: Command, timeoutText: String, answer: @escaping (CommandOutcome) -> VICIMessage
    ) {
        self.command = command
        self.timeoutText = timeoutText
        self.answer = answer
    }
}

/// Why a command is refused, and what else belongs into its answer.
package struct CommandFailure: Error {
    package var reason: String
    package var details: VICIMessage

    package init(_ reason: String, details: VICIMessage = VICIMessage()) {
        self.reason = reason
        self.details = details
    }

    var message: VICIMessage {
        var message = VICIMessage()
        message.set("success", false)
        message.elements += details.elements
        message.set("errmsg", reason)
        return message
    }
}

/// A command by its name.
package struct ControlCommand {
    package let name: String
    package let run: (VICIMessage) throws(CommandFailure) -> CommandReply

    package init(_ name: String, _ run: @escaping (VICIMessage) throws(CommandFailure) -> CommandReply) {
        self.name = name
        self.run = run
    }
}

/// Commands that belong together.
package protocol CommandGroup {
    var commands: [ControlCommand] { get }
}
