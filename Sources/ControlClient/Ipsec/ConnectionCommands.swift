import VICI

extension IpsecCommand {
    /// up, down, route, unroute and their relatives.
    static let connections = [
        IpsecCommand("up", parameters: "<connection>") { (context) throws(ControlError) in
            let name = try context.name(of: "up")
            return try logged(
                "initiate", ["child": name], in: context, success: "connection '\(name)' established successfully",
                failure: "establishing connection '\(name)' failed")
        },
        IpsecCommand("down", parameters: "<connection>|<connection>[n]|<connection>{n}") {
            (context) throws(ControlError) in
            try down(SASelector(try context.name(of: "down")), in: context)
        },
        IpsecCommand("down-srcip", parameters: "<start> [<end>]") { (context) throws(ControlError) in
            try downByVirtualAddress(context)
        },
        IpsecCommand("route", parameters: "<connection>") { (context) throws(ControlError) in
            let name = try context.name(of: "route")
            try context.client().perform("install", request(["child": name]))
            context.output.print("'\(name)' routed")
            return 0
        },
        IpsecCommand("unroute", parameters: "<connection>") { (context) throws(ControlError) in
            let name = try context.name(of: "unroute")
            try context.client().perform("uninstall", request(["child": name]))
            context.output.print("trap policy '\(name)' unrouted")
            return 0
        },
        IpsecCommand("rekey", parameters: "<connection>|<connection>[n]|<connection>{n}") {
            (context) throws(ControlError) in
            let selector = try SASelector(try context.name(of: "rekey"))
            for (index, fields) in selector.requests.enumerated() {
                let response = try context.client().request("rekey", request(fields))
                if response.bool("success") != false { return 0 }
                if index == selector.requests.count - 1 { try ControlClient.check(response, of: "rekey") }
            }
            return 0
        },
        IpsecCommand("purgeike") { (context) throws(ControlError) in
            for (_, sa) in try context.items("list-sas", event: "list-sa") {
                guard sa.string("state") == "ESTABLISHED", let id = sa.string("uniqueid"),
                    sa.section("child-sas")?.sections.isEmpty != false
                else { continue }
                _ = try down(.ikeID(id), in: context)
            }
            return 0
        },
    ]

    private static func down(_ selector: SASelector, in context: IpsecContext) throws(ControlError) -> Int32 {
        var status: Int32 = 1
        for (index, fields) in selector.requests.enumerated() where status != 0 {
            status = try logged(
                "terminate", fields, in: context, success: "\(selector.what) closed successfully",
                failure: index == selector.requests.count - 1 ? "no \(selector.what) found or closing it failed" : nil)
        }
        return status
    }

    private static func downByVirtualAddress(_ context: IpsecContext) throws(ControlError) -> Int32 {
        guard let first = context.arguments.first.flatMap(AddressOrder.init),
            let last = context.arguments.last.flatMap(AddressOrder.init), (1...2).contains(context.arguments.count)
        else { throw .usage("usage: ipsec down-srcip <start> [<end>]") }
        for (_, sa) in try context.items("list-sas", event: "list-sa") {
            let addresses = sa.shownList("remote-vips").compactMap(AddressOrder.init)
            guard addresses.contains(where: { first <= $0 && $0 <= last }), let id = sa.string("uniqueid") else {
                continue
            }
            _ = try down(.ikeID(id), in: context)
        }
        return 0
    }

    /// Runs a command that tells what happens, and shows it without its groups.
    private static func logged(
        _ command: String, _ fields: [String: String], in context: IpsecContext, success: String, failure: String?
    ) throws(ControlError) -> Int32 {
        var message = request(fields)
        message.set("loglevel", 1)
        let response = try context.client().request(command, message, event: "control-log") { line in
            context.output.print(line.shown("msg") ?? "")
            context.output.flush()
        }
        guard response.bool("success") == false else {
            context.output.print(success)
            return 0
        }
        if let failure {
            context.output.complain("\(failure): \(response.shown("errmsg") ?? "the daemon gave no reason")")
        }
        return 1
    }

    private static func request(_ fields: [String: String]) -> VICIMessage {
        var message = VICIMessage()
        for (key, value) in fields { message.set(key, value) }
        return message
    }
}
