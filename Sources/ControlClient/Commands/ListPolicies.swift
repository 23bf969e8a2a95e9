import VICI

extension Command {
    /// Lists trap, drop and bypass policies.
    static let listPolicies = Command(
        "list-pols", ["P"], "list currently installed policies",
        usage: ["[--child <name>] [--trap] [--drop] [--pass] [--raw|--pretty|--json]"],
        options: [
            .value("child", "c", "filter policies by CHILD_SA config name"),
            .flag("trap", "t", "list trap policies"),
            .flag("drop", "d", "list drop policies"),
            .flag("pass", "p", "list bypass policies"),
        ]
    ) { (context) throws(ControlError) in
        let kinds = ["trap", "drop", "pass"]
        let asked = kinds.filter(context.options.has)
        var message = context.request("child")
        for kind in asked.isEmpty ? kinds : asked { message.set(kind, true) }
        return try context.list("list-policies", message, event: "list-policy") { item in
            item.sections.flatMap { lines(of: $0.content, name: $0.name) }
        }
    }

    private static func lines(of policy: VICIMessage, name: String) -> [String] {
        var lines = ["\(DisplayText.clean(name)), \(policy.shown("mode") ?? "")"]
        if let label = policy.shown("label") { lines.append("  label:  \(label)") }
        lines.append("  local:  " + policy.shownList("local-ts").joined(separator: " "))
        lines.append("  remote: " + policy.shownList("remote-ts").joined(separator: " "))
        return lines
    }
}
