import VICI

/// What a running command has at hand.
final class CommandContext {
    let options: ParsedOptions
    let output: any CommandOutput
    let folders: SwanctlFolders
    private let connect: (ControlAddress) throws(ControlError) -> any ControlChannel
    private var connected: ControlClient?

    init(
        options: ParsedOptions, output: any CommandOutput, folders: SwanctlFolders,
        connect: @escaping (ControlAddress) throws(ControlError) -> any ControlChannel
    ) {
        self.options = options
        self.output = output
        self.folders = folders
        self.connect = connect
    }

    /// The connection to the daemon, made when it is first needed.
    func client() throws(ControlError) -> ControlClient {
        if let connected { return connected }
        let address: ControlAddress
        if let uri = options["uri"] { address = try ControlAddress(uri: uri) } else { address = try .configured() }
        let client = ControlClient(channel: try connect(address))
        connected = client
        return client
    }

    /// The format asked for; nil for the ordinary listing.
    var format: MessageFormat? {
        if options.has("json") { return .json }
        if options.has("pretty") { return .pretty }
        return options.has("raw") ? .raw : nil
    }

    /// A message with the options of these names, under the same names.
    func request(_ names: String...) -> VICIMessage {
        var message = VICIMessage()
        for name in names {
            message.set(name, ifPresent: options[name])
        }
        return message
    }

    /// Shows a message in the format asked for.
    func show(_ message: VICIMessage, label: String, as format: MessageFormat) {
        switch format {
        case .raw: output.print(MessageText.raw(message, label: label))
        case .pretty: MessageText.pretty(message, label: label).forEach(output.print)
        case .json: output.print(JSONText.object(message))
        }
    }

    func print(_ lines: [String]) {
        lines.forEach(output.print)
    }
}

extension CommandContext {
    /// Runs a command with one answer, and shows it.
    ///
    /// - Parameters:
    ///   - label: the name of the answer in raw output; `reply` is added.
    ///   - listing: the lines of the ordinary listing.
    func answer(
        _ command: String, _ message: VICIMessage = VICIMessage(), label: String? = nil,
        listing: (VICIMessage) -> [String]
    ) throws(ControlError) -> Int32 {
        let response = try client().request(command, message)
        if let format { show(response, label: "\(label ?? command) reply", as: format) }
        try ControlClient.check(response, of: command)
        if format == nil { print(listing(response)) }
        return 0
    }

    /// Runs a command whose answer comes as events, and shows each as it comes. JSON output is one array.
    func list(
        _ command: String, _ message: VICIMessage = VICIMessage(), event: String, label: String? = nil,
        listing: (VICIMessage) -> [String]
    ) throws(ControlError) -> Int32 {
        var separator = "["
        let response = try client().request(command, message, event: event) { item in
            switch format {
            case .json:
                output.print(separator + JSONText.object(item))
                separator = ","
            case .raw?, .pretty?: format.map { show(item, label: "\(label ?? event) event", as: $0) }
            case nil: print(listing(item))
            }
        }
        switch format {
        case .json: output.print(separator == "[" ? "[]" : "]")
        case .raw?, .pretty?: format.map { show(response, label: "\(command) reply", as: $0) }
        case nil: break
        }
        try ControlClient.check(response, of: command)
        return 0
    }
}
