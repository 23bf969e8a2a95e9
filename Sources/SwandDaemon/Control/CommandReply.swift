package import IKESA
package import VICI

/// What a command does with its request: answers at once, lists, or sets the engine to work.
package enum CommandReply {
    case answer(VICIMessage)
    /// Sends what `next` has as events of this name, as fast as the client reads them, then answers.
    case listing(event: String, next: () -> ListingStep)
    case engine(EngineRequest)
}

/// One step of a listing. A step is short, whatever the listing is of: others have their turn between two of them.
package enum ListingStep {
    case message(VICIMessage)
    /// This one is not listed; there may be more.
    case skip
    case end
}

extension CommandReply {
    /// Lists items in their order; those without a message are left out.
    static func listing<Item>(
        _ event: String, of items: [Item], _ message: @escaping (Item) -> VICIMessage?
    ) -> CommandReply {
        var remaining = items[...]
        return .listing(event: event) {
            guard let item = remaining.popFirst() else { return .end }
            return message(item).map { .message($0) } ?? .skip
        }
    }
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
