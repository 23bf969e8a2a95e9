import VICI

extension Command {
    /// Lists or resets counters of IKE events.
    static let counters = Command(
        "counters", ["C"], "list or reset IKE event counters",
        usage: ["[--name <name>|--all] [--reset] [--raw|--pretty|--json]"],
        options: [
            .value("name", "n", "connection name, omit for global counters"),
            .flag("all", "a", "get/reset counters for all tracked connections"),
            .flag("reset", "R", "reset the counters"),
        ]
    ) { (context) throws(ControlError) in
        var message = VICIMessage()
        if context.options.has("all") {
            message.set("all", true)
        } else {
            message.set("name", ifPresent: context.options["name"])
        }
        if context.options.has("reset") {
            return try context.answer("reset-counters", message, label: "counters") { _ in
                ["reset-counters completed successfully"]
            }
        }
        return try context.answer("get-counters", message, label: "counters") { response in
            (response.section("counters")?.sections ?? []).flatMap { name, counters in
                [name.isEmpty ? "global:" : "\(DisplayText.clean(name)):"]
                    + counters.elements.map { counter in
                        let name = DisplayText.left(DisplayText.clean(counter.name), 22)
                        return "  \(name): \(counters.shown(counter.name) ?? "")"
                    }
            }
        }
    }
}
