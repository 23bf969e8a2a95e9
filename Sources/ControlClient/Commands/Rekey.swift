import VICI

extension Command {
    /// Renews the keys of SAs.
    static let rekey = Command(
        "rekey", ["R"], "rekey an SA",
        usage: [
            "--child <name> | --ike <name> | --child-id <id> | --ike-id <id>",
            "[--reauth] [--raw|--pretty|--json]",
        ],
        options: [
            .value("child", "c", "rekey by CHILD_SA name"),
            .value("ike", "i", "rekey by IKE_SA name"),
            .value("child-id", "C", "rekey by CHILD_SA unique identifier"),
            .value("ike-id", "I", "rekey by IKE_SA unique identifier"),
            .flag("reauth", "a", "reauthenticate instead of rekey an IKEv2 SA"),
        ]
    ) { (context) throws(ControlError) in
        var message = context.request("child", "ike", "child-id", "ike-id")
        if context.options.has("reauth") { message.set("reauth", true) }
        return try context.answer("rekey", message) { _ in ["rekey completed successfully"] }
    }
}
