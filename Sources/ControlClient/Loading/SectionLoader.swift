import Configuration
import VICI

/// Makes the daemon know exactly the connections, pools or authorities of a file: loads what is there, then unloads
/// what is not there any more.
struct SectionLoader: Sendable {
    /// The section of the file that holds the entries.
    let section: String
    /// One of them, in words.
    let singular: String
    let plural: String
    let loadCommand: String
    let unloadCommand: String
    /// Names what the daemon knows now.
    let loadedNames: @Sendable (ControlClient) throws(ControlError) -> [String]
    let message: @Sendable (SettingsSection, SwanctlFolders) throws(ControlError) -> VICIMessage

    static let connections = SectionLoader(
        section: "connections", singular: "connection", plural: "connections",
        loadCommand: "load-conn", unloadCommand: "unload-conn",
        loadedNames: { (client) throws(ControlError) in try client.perform("get-conns").strings("conns") ?? [] },
        message: { (section, folders) throws(ControlError) in
            try SettingsMessage.connection(section, folders: folders)
        })

    static let pools = SectionLoader(
        section: "pools", singular: "pool", plural: "pools",
        loadCommand: "load-pool", unloadCommand: "unload-pool",
        loadedNames: { (client) throws(ControlError) in try client.perform("get-pools").sections.map(\.name) },
        message: { (section, _) throws(ControlError) in SettingsMessage.pool(section) })

    static let authorities = SectionLoader(
        section: "authorities", singular: "authority", plural: "authorities",
        loadCommand: "load-authority", unloadCommand: "unload-authority",
        loadedNames: { (client) throws(ControlError) in
            try client.perform("get-authorities").strings("authorities") ?? []
        },
        message: { (section, folders) throws(ControlError) in
            try SettingsMessage.authority(section, folders: folders)
        })

    /// - Throws: ``ControlError/incomplete(_:)`` when the daemon refused some; what the file says about them stays in
    ///   the daemon as it was.
    func load(from root: SettingsSection, in context: CommandContext) throws(ControlError) {
        let client = try context.client()
        let entries = root.section(section)?.sections ?? []
        let known = try loadedNames(client)
        var report = LoadReport(plural)
        for entry in entries {
            if try load(entry, in: context) { report.loaded += 1 } else { report.failed += 1 }
        }
        let wanted = Set(entries.map(\.name))
        for name in known where !wanted.contains(name) {
            if try unload(name, in: context) { report.unloaded += 1 }
        }
        try report.finish(in: context)
    }

    private func load(_ entry: SettingsSection, in context: CommandContext) throws(ControlError) -> Bool {
        let response: VICIMessage
        do {
            var request = VICIMessage()
            request.section(entry.name, try message(entry, context.folders))
            response = try context.client().request(loadCommand, request)
        } catch .configuration(let error) {
            context.output.complain("loading \(singular) '\(entry.name)' failed: \(error)")
            return false
        } catch .unsendable(let reason) {
            context.output.complain("loading \(singular) '\(entry.name)' failed: \(ControlError.unsendable(reason))")
            return false
        }
        if let format = context.format { context.show(response, label: "\(loadCommand) reply", as: format) }
        guard response.bool("success") != false else {
            let reason = response.shown("errmsg") ?? "the daemon gave no reason"
            let place = FaultLocation.find(reason, in: entry)
            context.output.complain("loading \(singular) '\(entry.name)' failed: \(place): \(reason)")
            return false
        }
        if context.format == nil { context.output.print("loaded \(singular) '\(entry.name)'") }
        return true
    }

    private func unload(_ name: String, in context: CommandContext) throws(ControlError) -> Bool {
        var request = VICIMessage()
        request.set("name", name)
        let response = try context.client().request(unloadCommand, request)
        if let format = context.format { context.show(response, label: "\(unloadCommand) reply", as: format) }
        guard response.bool("success") != false else {
            let reason = response.shown("errmsg") ?? "the daemon gave no reason"
            context.output.complain("unloading \(singular) '\(DisplayText.clean(name))' failed: \(reason)")
            return false
        }
        return true
    }
}
