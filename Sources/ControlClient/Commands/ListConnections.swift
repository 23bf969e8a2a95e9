import VICI

extension Command {
    /// Lists loaded connections.
    static let listConnections = Command(
        "list-conns", ["L"], "list loaded configurations",
        usage: ["[--ike <name>] [--raw|--pretty|--json]"],
        options: [.value("ike", "i", "filter connections by name")]
    ) { (context) throws(ControlError) in
        try context.list("list-conns", context.request("ike"), event: "list-conn") { item in
            item.sections.flatMap { ConnectionListing.lines(of: $0.content, name: $0.name) }
        }
    }
}
