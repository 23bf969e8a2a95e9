import Configuration

extension Command {
    private static let fileOption = CommandOption.value("file", "f", "custom path to swanctl.conf")
    private static let credentialOptions: [CommandOption] = [
        .flag("clear", "c", "clear previously loaded credentials"),
        .flag("noprompt", "n", "do not prompt for passwords"),
        fileOption,
    ]

    static let loadConnections = loadCommand("load-conns", "c", "(re-)load connection configuration", .connections)
    static let loadPools = loadCommand("load-pools", "a", "(re-)load pool configuration", .pools)
    static let loadAuthorities = loadCommand(
        "load-authorities", "b", "(re-)load authority configuration", .authorities)

    static let loadCredentials = Command(
        "load-creds", ["s"], "(re-)load credentials", usage: ["[--raw|--pretty|--json] [--clear] [--noprompt]"],
        options: credentialOptions
    ) { (context) throws(ControlError) in
        try CredentialLoader.load(from: ConfigurationFile.read(for: context), in: context)
        return 0
    }

    /// Loads everything. A part that is refused does not keep the others from being loaded.
    static let loadAll = Command(
        "load-all", ["q"], "load credentials, authorities, pools and connections",
        usage: ["[--raw|--pretty|--json] [--clear] [--noprompt]"], options: credentialOptions
    ) { (context) throws(ControlError) in
        let root = try ConfigurationFile.read(for: context)
        var isComplete = try attempt(in: context) { () throws(ControlError) in
            try CredentialLoader.load(from: root, in: context)
        }
        for loader in [SectionLoader.authorities, .pools, .connections] {
            let isLoaded = try attempt(in: context) { () throws(ControlError) in
                try loader.load(from: root, in: context)
            }
            isComplete = isComplete && isLoaded
        }
        guard isComplete else { throw .incomplete("not everything could be loaded") }
        return 0
    }

    /// Runs one part; false when some of it was refused, which the part has shown.
    private static func attempt(
        in context: CommandContext, _ part: () throws(ControlError) -> Void
    ) throws(ControlError) -> Bool {
        do {
            try part()
            return true
        } catch {
            guard case .incomplete(let summary) = error else { throw error }
            context.output.complain(summary)
            return false
        }
    }

    private static func loadCommand(
        _ name: String, _ letter: Character, _ summary: String, _ loader: SectionLoader
    ) -> Command {
        Command(name, [letter], summary, options: [fileOption]) { (context) throws(ControlError) in
            try loader.load(from: ConfigurationFile.read(for: context), in: context)
            return 0
        }
    }
}
