import VICI

extension IpsecCommand {
    /// list…, leases, counters and purge….
    static let listings =
        [
            IpsecCommand("listalgs") { (context) throws(ControlError) in
                let response = try context.client().perform("get-algorithms")
                context.output.print("")
                context.output.print("List of registered IKE algorithms:")
                for (kind, algorithms) in response.sections {
                    let names = algorithms.elements.map { "\($0.name)[\(algorithms.shown($0.name) ?? "")]" }
                    context.output.print("  \(kind): \(names.joined(separator: " "))")
                }
                return 0
            },
            IpsecCommand("listplugins") { (context) throws(ControlError) in
                for plugin in try context.client().perform("stats").shownList("plugins") {
                    context.output.print(plugin)
                }
                return 0
            },
            IpsecCommand("listcounters", parameters: "[<connection>]") { (context) throws(ControlError) in
                try counters(context)
            },
            IpsecCommand("resetcounters", parameters: "[<connection>]") { (context) throws(ControlError) in
                try context.client().perform("reset-counters", named(context.arguments.first))
                return 0
            },
            IpsecCommand("leases", parameters: "[<pool> [<address>]]") { (context) throws(ControlError) in
                try leases(context)
            },
            IpsecCommand("listall", parameters: "[--utc]") { (context) throws(ControlError) in
                try certificates(context, [:])
            },
        ] + certificateListings + purges

    private static let certificateListings: [IpsecCommand] = [
        ("listpubkeys", ["type": "pubkey"]), ("listcerts", ["type": "x509", "flag": "none"]),
        ("listcacerts", ["type": "x509", "flag": "ca"]), ("listaacerts", ["type": "x509", "flag": "aa"]),
        ("listocspcerts", ["type": "x509", "flag": "ocsp"]), ("listacerts", ["type": "x509_ac"]),
        ("listcrls", ["type": "x509_crl"]), ("listocsp", ["type": "ocsp_response"]),
    ].map { name, fields in
        IpsecCommand(name, parameters: "[--utc]") { (context) throws(ControlError) in
            try certificates(context, fields)
        }
    }

    private static let purges: [IpsecCommand] = [
        ("purgecerts", "x509"), ("purgecrls", "x509_crl"), ("purgeocsp", "ocsp_response"),
    ].map { name, type in
        IpsecCommand(name) { (context) throws(ControlError) in
            var message = VICIMessage()
            message.set("type", type)
            try context.client().perform("flush-certs", message)
            return 0
        }
    }

    private static func certificates(
        _ context: IpsecContext, _ fields: [String: String]
    ) throws(ControlError) -> Int32 {
        var message = VICIMessage()
        for key in ["type", "flag"] { message.set(key, ifPresent: fields[key]) }
        var listing = CertificateListing(short: false, utc: context.arguments.contains("--utc"))
        let response = try context.client().request("list-certs", message, event: "list-cert") { certificate in
            listing.lines(of: certificate).forEach(context.output.print)
        }
        try ControlClient.check(response, of: "list-certs")
        return 0
    }

    private static func counters(_ context: IpsecContext) throws(ControlError) -> Int32 {
        let response = try context.client().perform("get-counters", named(context.arguments.first))
        for (name, counters) in response.section("counters")?.sections ?? [] {
            context.output.print("")
            context.output.print(
                name.isEmpty ? "List of IKE counters:" : "List of IKE counters for '\(DisplayText.clean(name))':")
            context.output.print("")
            for counter in counters.elements {
                let value = DisplayText.right(counters.shown(counter.name) ?? "0", 12)
                context.output.print("\(DisplayText.left(DisplayText.clean(counter.name), 22))\(value)")
            }
        }
        return 0
    }

    private static func leases(_ context: IpsecContext) throws(ControlError) -> Int32 {
        var message = VICIMessage()
        message.set("leases", true)
        message.set("name", ifPresent: context.arguments.first)
        let pools = try context.client().perform("get-pools", message).sections
        guard !pools.isEmpty else {
            context.output.print(context.arguments.first.map { "pool '\($0)' not found" } ?? "no pools found")
            return 0
        }
        let wanted = context.arguments.dropFirst().first
        for (name, pool) in pools {
            let online = pool.shown("online") ?? "0"
            context.output.print(
                "Leases in pool '\(DisplayText.clean(name))', "
                    + "usage: \(online)/\(pool.shown("size") ?? "0"), \(online) online"
            )
            for (_, lease) in pool.section("leases")?.sections ?? [] {
                let address = lease.shown("address") ?? ""
                guard wanted == nil || wanted == address else { continue }
                let status = lease.shown("status") ?? ""
                context.output.print(
                    "  \(DisplayText.right(address, 15))   \(status)   '\(lease.shown("identity") ?? "")'")
            }
        }
        return 0
    }

    private static func named(_ name: String?) -> VICIMessage {
        var message = VICIMessage()
        message.set("name", ifPresent: name)
        return message
    }
}
