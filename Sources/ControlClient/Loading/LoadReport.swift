/// Counts what a load command did.
struct LoadReport {
    /// What is loaded, in the plural.
    let kind: String
    var loaded = 0
    var failed = 0
    var unloaded = 0

    init(_ kind: String) {
        self.kind = kind
    }

    /// The last line of the command.
    var summary: String {
        let unloading = ", \(unloaded) unloaded"
        if failed > 0 {
            return "loaded \(loaded) of \(loaded + failed) \(kind), \(failed) failed to load\(unloading)"
        }
        return loaded == 0 ? "no \(kind) found\(unloading)" : "successfully loaded \(loaded) \(kind)\(unloading)"
    }

    /// Shows the summary; throws it when something failed.
    func finish(in context: CommandContext) throws(ControlError) {
        guard failed == 0 else { throw .incomplete(summary) }
        if context.format == nil { context.output.print(summary) }
    }
}
