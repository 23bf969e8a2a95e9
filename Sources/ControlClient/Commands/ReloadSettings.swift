extension Command {
    /// Makes the daemon read its own settings again.
    static let reloadSettings = Command("reload-settings", ["r"], "reload daemon settings") {
        (context) throws(ControlError) in
        try context.answer("reload-settings") { _ in [] }
    }
}
