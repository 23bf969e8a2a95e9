import IKESA
import VICI

/// `initiate`, `terminate`, `rekey`, `install`, `uninstall` and `redirect`: what the engine is told to do.
package struct EngineCommands: CommandGroup {
    package init() {}

    package var commands: [ControlCommand] {
        [
            ControlCommand("initiate") { (request) throws(CommandFailure) in try Self.initiate(request) },
            ControlCommand("terminate") { (request) throws(CommandFailure) in try Self.terminate(request) },
            ControlCommand("rekey") { (request) throws(CommandFailure) in try Self.rekey(request) },
            ControlCommand("install") { (request) throws(CommandFailure) in try Self.install(request, true) },
            ControlCommand("uninstall") { (request) throws(CommandFailure) in try Self.install(request, false) },
            ControlCommand("redirect") { (_) throws(CommandFailure) in
                throw CommandFailure(
                    "redirecting established IKE_SAs is not supported yet", details: Self.counts(0, nil))
            },
        ]
    }

    private static func initiate(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        let child = request.string("child")
        let ike = request.string("ike")
        guard child != nil || ike != nil else { throw CommandFailure("missing configuration name") }
        let subject = child.map { "CHILD_SA '\($0)'" } ?? "IKE_SA '\(ike ?? "")'"
        var engine = EngineRequest(
            command: .initiate(child: child, ike: ike), timeoutText: "\(subject) not established",
            answer: simpleAnswer)
        try apply(request, to: &engine)
        return .engine(engine)
    }

    private static func terminate(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        let selection = try selection(request, verb: "terminate")
        let force = request.bool("force") ?? false
        var engine = EngineRequest(
            command: .terminate(selection, force: force), timeoutText: "SAs not terminated"
        ) { outcome in answer(outcome, doneKey: "terminated") }
        try apply(request, to: &engine)
        return .engine(engine)
    }

    private static func rekey(_ request: VICIMessage) throws(CommandFailure) -> CommandReply {
        let selection = try selection(request, verb: "rekey")
        let reauthenticate = request.bool("reauth") ?? false
        return .engine(
            EngineRequest(
                command: .rekey(selection, reauthenticate: reauthenticate), timeoutText: "SAs not rekeyed"
            ) { outcome in answer(outcome, doneKey: nil) })
    }

    private static func install(_ request: VICIMessage, _ install: Bool) throws(CommandFailure) -> CommandReply {
        guard let child = request.string("child") else { throw CommandFailure("missing configuration name") }
        let ike = request.string("ike")
        let command: Command = install ? .install(child: child, ike: ike) : .uninstall(child: child, ike: ike)
        return .engine(EngineRequest(command: command, timeoutText: "policy not changed", answer: simpleAnswer))
    }

    // MARK: Requests

    private static func selection(_ request: VICIMessage, verb: String) throws(CommandFailure) -> SASelection {
        let selection = SASelection(
            ike: request.string("ike"), ikeID: try number("ike-id", request),
            child: request.string("child"), childID: try number("child-id", request))
        guard selection.ike != nil || selection.ikeID != nil || selection.meansChildren else {
            throw CommandFailure("missing \(verb) selector")
        }
        return selection
    }

    private static func number(_ key: String, _ request: VICIMessage) throws(CommandFailure) -> UInt32? {
        guard let text = request.text(key) else { return nil }
        guard let number = UInt32(text) else { throw CommandFailure("\(key) is not a number: \(text)") }
        // charon takes 0 for "not given".
        return number == 0 ? nil : number
    }

    /// `timeout` in milliseconds: none given or 0 waits for ever, a negative one not at all.
    private static func apply(_ request: VICIMessage, to engine: inout EngineRequest) throws(CommandFailure) {
        if let text = request.text("timeout") {
            guard let milliseconds = Int64(text), milliseconds < 1_000_000_000_000 else {
                throw CommandFailure("timeout is not a number of milliseconds: \(text)")
            }
            engine.patience =
                milliseconds == 0 ? .forever : milliseconds < 0 ? .none : .milliseconds(milliseconds)
        }
        if let text = request.text("loglevel") {
            guard let level = Int8(text), (-1...4).contains(level) else {
                throw CommandFailure("loglevel is not a level from -1 to 4: \(text)")
            }
            engine.logLevel = level
        }
    }

    // MARK: Answers

    private static func simpleAnswer(_ outcome: CommandOutcome) -> VICIMessage {
        switch outcome {
        case .success: .success
        case .failure(let reason, _, _): .failure(reason)
        }
    }

    private static func answer(_ outcome: CommandOutcome, doneKey: String?) -> VICIMessage {
        switch outcome {
        case .success(let matches, let done):
            var message = VICIMessage.success
            message.elements += counts(matches, doneKey.map { ($0, done) }).elements
            return message
        case .failure(let reason, let matches, let done):
            return CommandFailure(reason, details: counts(matches, doneKey.map { ($0, done) })).message
        }
    }

    private static func counts(_ matches: Int, _ done: (key: String, count: Int)?) -> VICIMessage {
        var message = VICIMessage()
        message.set("matches", matches)
        if let done { message.set(done.key, done.count) }
        return message
    }
}
