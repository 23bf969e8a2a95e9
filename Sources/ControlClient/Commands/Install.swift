extension Command {
    /// Installs a trap or shunt policy.
    static let install = policyCommand("install", ["p"], "install")
    /// Removes a trap or shunt policy.
    static let uninstall = policyCommand("uninstall", ["U", "u"], "uninstall")

    private static func policyCommand(_ name: String, _ letters: [Character], _ verb: String) -> Command {
        Command(
            name, letters, "\(verb) a trap or shunt policy",
            usage: ["--child <name> [--ike <name>] [--raw|--pretty|--json]"],
            options: [
                .value("child", "c", "CHILD_SA configuration to \(verb)"),
                .value("ike", "i", "name of the connection to which the child belongs"),
            ]
        ) { (context) throws(ControlError) in
            try context.answer(name, context.request("child", "ike")) { _ in ["\(name) completed successfully"] }
        }
    }
}
