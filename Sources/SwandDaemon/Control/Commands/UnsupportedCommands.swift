import VICI

/// Commands of charon that swand knows and does not carry out yet: each is refused in words, so that a script that
/// relies on one does not go on as if it had worked.
package struct UnsupportedCommands: CommandGroup {
    package init() {}

    package var commands: [ControlCommand] {
        [
            Self.refuse("load-token", "keys on tokens and smartcards are not supported yet"),
            Self.refuse("load-pool", "address pools are not supported yet"),
            Self.refuse("unload-pool", "address pools are not supported yet"),
            ControlCommand("get-pools") { (_) throws(CommandFailure) in .answer(VICIMessage()) },
        ]
    }

    private static func refuse(_ name: String, _ reason: String) -> ControlCommand {
        ControlCommand(name) { (_) throws(CommandFailure) in throw CommandFailure(reason) }
    }
}
