import VICI

/// `initiate` and `terminate`: commands that take time and tell what happens as `control-log` events.
enum LoggedCommand {
    private static let event = "control-log"

    static func run(
        _ command: String, _ request: VICIMessage, in context: CommandContext
    ) throws(ControlError) -> Int32 {
        var message = request
        message.set("timeout", ifPresent: try timeout(context.options))
        let level = context.options["loglevel"] ?? "1"
        guard let number = Int(level), (-1...4).contains(number) else {
            throw .usage("--loglevel expects a level from -1 to 4, not '\(level)'")
        }
        message.set("loglevel", number)

        let response = try context.client().request(command, message, event: event) { line in
            show(line, in: context)
        }
        if let format = context.format { context.show(response, label: "\(command) reply", as: format) }
        try ControlClient.check(response, of: command)
        if context.format == nil { context.output.print("\(command) completed successfully") }
        return 0
    }

    /// Seconds on the command line are milliseconds in the request.
    private static func timeout(_ options: ParsedOptions) throws(ControlError) -> String? {
        guard let text = options["timeout"] else { return nil }
        guard let seconds = Int(text), (-1...4_000_000).contains(seconds) else {
            throw .usage("--timeout expects seconds, not '\(text)'")
        }
        return seconds < 0 ? "-1" : String(seconds * 1000)
    }

    private static func show(_ line: VICIMessage, in context: CommandContext) {
        if let format = context.format {
            context.show(line, label: "log", as: format)
        } else {
            context.output.print("[\(line.shown("group") ?? "?")] \(line.shown("msg") ?? "")")
        }
        context.output.flush()
    }
}
