import VICI

extension Command {
    /// Lists certification authorities.
    static let listAuthorities = Command(
        "list-authorities", ["B"], "list loaded authority configurations",
        usage: ["[--name <name>] [--raw|--pretty|--json]"],
        options: [.value("name", "n", "filter by authority name")]
    ) { (context) throws(ControlError) in
        try context.list(
            "list-authorities", context.request("name"), event: "list-authority", label: "list-authorities"
        ) { item in
            item.sections.flatMap { lines(of: $0.content, name: $0.name) }
        }
    }

    private static func lines(of authority: VICIMessage, name: String) -> [String] {
        var lines = ["\(DisplayText.clean(name)):"]
        for key in ["cacert", "cert_uri_base"] {
            if let value = authority.shown(key) { lines.append("  \(key): \(value)") }
        }
        lines += column("crl_uris: ", authority.shownList("crl_uris"))
        lines += column("ocsp_uris:", authority.shownList("ocsp_uris"))
        return lines
    }

    /// Items below each other, the title before the first one.
    private static func column(_ title: String, _ items: [String]) -> [String] {
        items.enumerated().map { index, item in
            index == 0 ? "  \(title) \(item)" : "             \(item)"
        }
    }
}
