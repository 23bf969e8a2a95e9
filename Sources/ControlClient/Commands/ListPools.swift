import VICI

extension Command {
    /// Lists address pools.
    static let listPools = Command(
        "list-pools", ["A"], "list loaded pool configurations",
        usage: ["[--leases] [--name <name>] [--raw|--pretty|--json]"],
        options: [
            .flag("leases", "l", "list leases of each pool"),
            .value("name", "n", "filter pools by name"),
        ]
    ) { (context) throws(ControlError) in
        var message = VICIMessage()
        if context.options.has("leases") { message.set("leases", true) }
        message.set("name", ifPresent: context.options["name"])
        return try context.answer("get-pools", message) { response in
            response.sections.flatMap { name, pool in
                [header(DisplayText.clean(name), pool)]
                    + (pool.section("leases")?.sections ?? []).map { lease($0.content) }
            }
        }
    }

    private static func header(_ name: String, _ pool: VICIMessage) -> String {
        let counts = ["online", "offline", "size"].map { pool.shown($0) ?? "?" }.joined(separator: " / ")
        return "\(DisplayText.left(name, 20)) \(DisplayText.left(pool.shown("base") ?? "", 35)) \(counts)"
    }

    private static func lease(_ lease: VICIMessage) -> String {
        let address = DisplayText.left(lease.shown("address") ?? "", 30)
        return "  \(address) \(DisplayText.left(lease.shown("status") ?? "", 8)) '\(lease.shown("identity") ?? "")'"
    }
}
