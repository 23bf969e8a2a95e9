package import IKEEngine
package import IKESA
package import IPsecModel

/// A machine: an engine with a kernel, credentials and a seeded source of randomness, and a record of everything that
/// it did.
package final class SimulatedHost {
    package let name: String
    package let crypto: SeededCrypto
    package let kernel: FakeKernel
    package let credentials = StaticCredentials()
    package private(set) var engine: Engine
    package unowned let network: VirtualNetwork

    package private(set) var events: [SAEvent] = []
    package private(set) var log: [String] = []
    /// Every outcome that was reported, so that a command that ends twice shows.
    package private(set) var outcomes: [CommandID: [CommandOutcome]] = [:]
    /// Commands that were given since the last start; those of a crashed engine are never answered.
    package private(set) var commands: [CommandID] = []
    package private(set) var updowns: [UpdownCall] = []
    /// What names resolve to.
    package var names: [String: [IPAddress]] = [:]
    package var logLevels = LogLevels(all: 1)

    private var connections: [PeerConfig] = []
    private var effects = Effects()
    private var pendingNames: [(token: UInt64, name: String)] = []

    init(name: String, addresses: [IPAddress], seed: UInt64, network: VirtualNetwork, settings: EngineSettings) {
        self.name = name
        self.network = network
        crypto = SeededCrypto(seed: seed)
        kernel = FakeKernel(addresses: addresses, seed: seed &+ 1)
        engine = Engine(
            environment: CoreEnvironment(
                crypto: crypto, kernel: kernel, credentials: credentials, settings: settings))
    }

    package var address: IPAddress { kernel.addresses[0] }
    package var settings: EngineSettings {
        get { engine.environment.settings }
        set { engine.environment.settings = newValue }
    }

    // MARK: Inputs

    /// Gives the engine one input and carries out what it asks for.
    package func input(_ body: (Engine, Instant, inout Effects) -> Void) {
        kernel.now = network.now
        effects.logLevels = logLevels
        body(engine, network.now, &effects)
        execute()
        while !pendingNames.isEmpty {
            let (token, name) = pendingNames.removeFirst()
            engine.resolved(token: token, addresses: names[name] ?? [], at: network.now, into: &effects)
            execute()
        }
    }

    private func execute() {
        for effect in effects.drain() {
            switch effect {
            case .transmit(let bytes, let path, _): network.transmit(bytes, on: path, from: self)
            case .log(let line): log.append("\(network.now.microseconds / 1000) \(line.group.name) \(line.text)")
            case .event(let event): events.append(event)
            case .complete(let id, let outcome): outcomes[id, default: []].append(outcome)
            case .service(.resolve(let name, let token)): pendingNames.append((token, name))
            case .service(.updown(let call)): updowns.append(call)
            }
        }
    }

    func receive(_ packet: Packet) {
        let path = Path(local: packet.destination, remote: packet.source)
        // The shell keeps what is no IKE message from the engine; see Shard.
        guard packet.bytes.count > 1 else { return }
        var bytes = packet.bytes
        input { $0.receive(&bytes, on: path, at: $1, into: &$2) }
    }

    /// Fires what is due in kernel and engine.
    func advance() {
        kernel.now = network.now
        for event in kernel.popExpired() { input { $0.kernelEvent(event, at: $1, into: &$2) } }
        input { $0.advance(to: $1, into: &$2) }
    }

    var nextDeadline: Instant? {
        guard let kernel = kernel.nextDeadline else { return engine.nextDeadline }
        return engine.nextDeadline.map { min($0, kernel) } ?? kernel
    }

    // MARK: Wishes

    package func load(_ connection: PeerConfig) {
        connections.removeAll { $0.name == connection.name }
        connections.append(connection)
        input { $0.load(connection, at: $1, into: &$2) }
    }

    package func unload(_ name: String) {
        connections.removeAll { $0.name == name }
        input { $0.unload(name, at: $1, into: &$2) }
    }

    @discardableResult
    package func perform(_ command: Command) -> CommandID {
        let id = network.takeCommandID()
        commands.append(id)
        input { $0.perform(command, id: id, at: $1, into: &$2) }
        return id
    }

    package func kernelEvent(_ event: KernelEvent) { input { $0.kernelEvent(event, at: $1, into: &$2) } }

    /// The interfaces get these addresses, and the kernel says so.
    package func move(to addresses: [IPAddress]) {
        kernel.move(to: addresses)
        kernelEvent(.addressChanged)
    }

    /// The power fails and comes back: nothing is remembered but the configuration, which may be another by now.
    package func restart(with change: (inout [PeerConfig]) -> Void = { _ in }) {
        change(&connections)
        let environment = engine.environment
        kernel.clear()
        commands = []
        engine = Engine(
            environment: CoreEnvironment(
                crypto: crypto, kernel: kernel, credentials: credentials, settings: environment.settings))
        for connection in connections { input { $0.load(connection, at: $1, into: &$2) } }
    }

    // MARK: Looking

    package var ikeSAs: [IKESASnapshot] {
        kernel.now = network.now
        return engine.ikeSAs(at: network.now)
    }

    package var children: [ChildSASnapshot] { ikeSAs.flatMap(\.children) }
    /// CHILD_SAs that carry traffic, without those that linger for late packets.
    package var liveChildren: [ChildSASnapshot] { children.filter { $0.state == "INSTALLED" } }

    package func outcome(of command: CommandID) -> CommandOutcome? { outcomes[command]?.first }

    package func forgetRecords() {
        events = []
        log = []
        updowns = []
    }

    /// Counters of one kind since the records were forgotten.
    package func count(_ counter: Counter) -> Int {
        events.count { if case .counter(counter, _) = $0 { true } else { false } }
    }

    package func alerts(_ kind: String) -> Int {
        events.count { if case .alert(let alert) = $0 { alert.kind == kind } else { false } }
    }
}
