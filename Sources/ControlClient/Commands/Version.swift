extension Command {
    /// Shows the version of the tool or of the daemon.
    static let version = Command(
        "version", ["V", "v"], "show version information",
        usage: ["[--daemon] [--raw|--pretty|--json]"],
        options: [.flag("daemon", "d", "query daemon version")]
    ) { (context) throws(ControlError) in
        guard context.options.has("daemon") else {
            context.output.print("swand swanctl \(Swanctl.version)")
            return 0
        }
        return try context.answer("version") { response in
            let system = ["sysname", "release", "machine"].map { response.shown($0) ?? "?" }.joined(separator: ", ")
            let daemon = response.shown("daemon") ?? "?"
            // charon's tools put the project's name first; the daemon's own name says it for the others.
            let project = daemon.hasPrefix("charon") ? "strongSwan " : ""
            let version = response.shown("version") ?? "?"
            return [
                project.isEmpty ? "\(daemon) \(version) (\(system))" : "\(project)\(version) \(daemon) (\(system))"
            ]
        }
    }
}
