import VICI

extension IpsecCommand {
    /// update, reload and reread…: the daemon reads its files again.
    static let reloading =
        [
            reload("update", part: "connections", announcing: "Updating swand IPsec configuration..."),
            reload("reload", part: "connections", announcing: "Reloading swand IPsec configuration..."),
            reload("rereadsecrets", "secrets", part: "secrets"),
        ]
        + ["cacerts", "aacerts", "ocspcerts", "acerts", "crls", "all"].map { reload("reread\($0)", part: $0) }

    /// - Parameter part: tells the daemon which files are meant; a daemon may read more.
    private static func reload(
        _ name: String, _ alias: String? = nil, part: String, announcing text: String? = nil
    ) -> IpsecCommand {
        var command = IpsecCommand(name) { (context) throws(ControlError) in
            let client = try context.client()
            if let text { context.output.print(text) }
            var message = VICIMessage()
            message.set("part", part)
            try client.perform("reload-configuration", message)
            return 0
        }
        if let alias { command.names.append(alias) }
        return command
    }
}
