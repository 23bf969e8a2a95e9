extension Command {
    /// Sends clients to another gateway (RFC 5685).
    static let redirect = Command(
        "redirect", ["d"], "redirect an IKE_SA",
        usage: [
            "--ike <name> | --ike-id <id> | --peer-ip <ip|subnet|range>",
            "--peer-id <id|wildcards> | --gateway <ip|fqdn> [--raw|--pretty|--json]",
        ],
        options: [
            .value("ike", "i", "redirect by IKE_SA name"),
            .value("ike-id", "I", "redirect by IKE_SA unique identifier"),
            .value("peer-ip", "p", "redirect by client IP"),
            .value("peer-id", "d", "redirect by identity of the client"),
            .value("gateway", "g", "target gateway (IP or FQDN)"),
        ]
    ) { (context) throws(ControlError) in
        let message = context.request("ike", "ike-id", "peer-ip", "peer-id", "gateway")
        return try context.answer("redirect", message) { _ in ["redirect completed successfully"] }
    }
}
