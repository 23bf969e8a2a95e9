import VICI

/// What `ipsec status` and `ipsec statusall` show, line by line in the layout that scripts parse.
struct StatusReport {
    private let context: IpsecContext
    private let client: ControlClient
    /// Only what has this name.
    private let name: String?

    /// - Throws: ``ControlError/connect(uri:errno:)`` when the daemon is not running.
    init(_ context: IpsecContext, name: String?) throws(ControlError) {
        self.context = context
        client = try context.client()
        self.name = name
    }

    mutating func lines(all: Bool) throws(ControlError) -> [String] {
        var lines: [String] = []
        if all, name == nil { lines += try daemon() + pools() }
        if all { lines += try connections() }
        lines += try policies()
        lines += try associations(all: all)
        return lines
    }

    private func daemon() throws(ControlError) -> [String] {
        let version = try client.perform("version")
        let stats = try client.perform("stats")
        let listening = stats.shownList("listening").map { "  \($0)" }
        return DaemonStatus.lines(version: version, stats: stats)
            + (listening.isEmpty ? [] : ["Listening IP addresses:"] + listening)
    }

    private func pools() throws(ControlError) -> [String] {
        let pools = try client.perform("get-pools").sections
        guard !pools.isEmpty else { return [] }
        return ["Virtual IP pools (size/online/offline):"]
            + pools.map { name, pool in
                let counts = ["size", "online", "offline"].map { pool.shown($0) ?? "0" }.joined(separator: "/")
                return "  \(DisplayText.clean(name)): \(counts)"
            }
    }

    private func connections() throws(ControlError) -> [String] {
        let connections = try context.items("list-conns", event: "list-conn")
        return ["Connections:"]
            + connections.filter { matches($0.name, children: $0.content.section("children")) }
            .flatMap { ConnectionStatus.lines(of: $0.content, name: $0.name) }
    }

    private func policies() throws(ControlError) -> [String] {
        var message = VICIMessage()
        for kind in ["drop", "pass", "trap"] { message.set(kind, true) }
        let policies = try context.items("list-policies", message, event: "list-policy")
            .filter { name == nil || $0.content.string("child") == name || $0.content.string("ike") == name }
        let shunts = policies.filter { PolicyStatus.isShunt($0.content) }
        let traps = policies.filter { !PolicyStatus.isShunt($0.content) }
        var lines: [String] = []
        if !shunts.isEmpty {
            lines += ["Shunted Connections:"] + shunts.map { PolicyStatus.shunt($0.content, $0.name) }
        }
        if !traps.isEmpty {
            lines += ["Routed Connections:"] + traps.flatMap { PolicyStatus.trap($0.content, $0.name) }
        }
        return lines
    }

    private func associations(all: Bool) throws(ControlError) -> [String] {
        let associations = try context.items("list-sas", event: "list-sa")
        let connecting = associations.filter { $0.content.string("state") == "CONNECTING" }.count
        let shown = associations.filter { matches($0.name, children: $0.content.section("child-sas")) }
        let title = "Security Associations (\(associations.count - connecting) up, \(connecting) connecting):"
        guard !shown.isEmpty else { return [title, name == nil ? "  none" : "  no match"] }
        return [title] + shown.flatMap { AssociationStatus.lines(of: $0.content, name: $0.name, all: all) }
    }

    private func matches(_ candidate: String, children: VICIMessage?) -> Bool {
        guard let name else { return true }
        return candidate == name
            || (children?.sections ?? []).contains { $0.name == name || $0.content.string("name") == name }
    }
}
