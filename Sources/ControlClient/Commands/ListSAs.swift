import VICI

extension Command {
    /// Lists IKE_SAs with their CHILD_SAs.
    static let listSAs = Command(
        "list-sas", ["l"], "list currently active IKE_SAs",
        usage: ["[--ike <name>|--ike-id <id>] [--child <name>|--child-id <id>]", "[--raw|--pretty|--json]"],
        options: [
            .value("ike", "i", "filter IKE_SAs by name"),
            .value("ike-id", "I", "filter IKE_SAs by unique identifier"),
            .value("child", "c", "filter CHILD_SAs by name"),
            .value("child-id", "C", "filter CHILD_SAs by unique identifier"),
            .flag("noblock", "n", "don't wait for IKE_SAs in use"),
        ]
    ) { (context) throws(ControlError) in
        var message = context.request("ike", "ike-id", "child", "child-id")
        if context.options.has("noblock") { message.set("noblock", true) }
        return try context.list("list-sas", message, event: "list-sa") { item in
            item.sections.flatMap { SAListing.lines(of: $0.content, name: $0.name) }
        }
    }
}
