import VICI

/// Commands of charon that swand knows and does not carry out yet: each is refused in words, so that a script that
/// relies on one does not go on as if it had worked.
package struct UnsupportedCommands: CommandGroup {
    package init() {}

    private static let refusals = [
        "load-token": "keys on tokens and smartcards are not supported yet",
        "load-pool": "address pools are not supported yet",
        "unload-pool": "address pools are not supported yet",
    ]

    package var commands: [String: CommandHandler] {
        var commands: [String: CommandHandler] = Self.refusals.mapValues { reason in
            { (_) throws(CommandFailure) in throw CommandFailure(reason) }
        }
        commands["get-pools"] = { (_) throws(CommandFailure) in .answer(VICIMessage()) }
        return commands
    }
}
