extension Command {
    /// Brings a connection up and shows the daemon's log of it.
    static let initiate = Command(
        "initiate", ["i"], "initiate a connection",
        usage: ["[--child <name>] [--ike <name>] [--timeout <s>] [--raw|--pretty|--json]"],
        options: [
            .value("child", "c", "initiate a CHILD_SA configuration"),
            .value("ike", "i", "initiate an IKE_SA, or name of child's parent"),
            .value("timeout", "t", "timeout in seconds before detaching, -1 not to wait"),
            .value("loglevel", "l", "verbosity of redirected log"),
        ]
    ) { (context) throws(ControlError) in
        try LoggedCommand.run("initiate", context.request("child", "ike"), in: context)
    }
}
