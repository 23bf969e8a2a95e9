import VICI

extension Command {
    /// Takes SAs down and shows the daemon's log of it.
    static let terminate = Command(
        "terminate", ["t"], "terminate a connection",
        usage: [
            "--child <name> | --ike <name> | --child-id <id> | --ike-id <id>",
            "[--timeout <s>] [--raw|--pretty|--json]",
        ],
        options: [
            .value("child", "c", "terminate by CHILD_SA name"),
            .value("ike", "i", "terminate by IKE_SA name"),
            .value("child-id", "C", "terminate by CHILD_SA unique identifier"),
            .value("ike-id", "I", "terminate by IKE_SA unique identifier"),
            .flag("force", "f", "terminate IKE_SA without waiting, unless timeout is set"),
            .value("timeout", "t", "timeout in seconds before detaching, -1 not to wait"),
            .value("loglevel", "l", "verbosity of redirected log"),
        ]
    ) { (context) throws(ControlError) in
        var message = context.request("child", "ike", "child-id", "ike-id")
        if context.options.has("force") { message.set("force", true) }
        return try LoggedCommand.run("terminate", message, in: context)
    }
}
