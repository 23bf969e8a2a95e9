import VICI

/// What a running `ipsec` command has at hand.
final class IpsecContext {
    let arguments: [String]
    let output: any CommandOutput
    let service: any DaemonService
    private let connect: (ControlAddress) throws(ControlError) -> any ControlChannel
    private var connected: ControlClient?

    init(
        arguments: [String], output: any CommandOutput, service: any DaemonService,
        connect: @escaping (ControlAddress) throws(ControlError) -> any ControlChannel
    ) {
        self.arguments = arguments
        self.output = output
        self.service = service
        self.connect = connect
    }

    /// The connection to the daemon, made when it is first needed.
    func client() throws(ControlError) -> ControlClient {
        if let connected { return connected }
        let client = ControlClient(channel: try connect(.configured()))
        connected = client
        return client
    }

    /// True when the daemon answers its socket.
    var isRunning: Bool {
        (try? connect(.configured())) != nil
    }

    /// The items of a listing, with the names of their sections.
    func items(
        _ command: String, _ message: VICIMessage = VICIMessage(), event: String
    ) throws(ControlError) -> [(name: String, content: VICIMessage)] {
        var items: [(name: String, content: VICIMessage)] = []
        let response = try client().request(command, message, event: event) { items += $0.sections }
        try ControlClient.check(response, of: command)
        return items
    }

    /// The only argument.
    ///
    /// - Throws: ``ControlError/usage(_:)`` when there are none or more.
    func name(of command: String) throws(ControlError) -> String {
        guard arguments.count == 1, !arguments[0].isEmpty else { throw .usage("usage: ipsec \(command) <connection>") }
        return arguments[0]
    }
}
