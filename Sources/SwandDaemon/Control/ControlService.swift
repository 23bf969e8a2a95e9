package import IKESA
import IPsecModel
package import Transport
import VICI

/// The VICI server: accepts clients, runs their commands, and sends the events they registered for.
package final class ControlService {
    private struct Pending {
        let client: ControlClient
        let request: EngineRequest
        let timer: LoopTimer?
    }

    private let loop: EventLoop
    private let log: LogHub
    private unowned let control: any SAControl
    private let commands: [String: ControlCommand]
    private var listener: StreamListener?
    private var clients: [ObjectIdentifier: ControlClient] = [:]
    private var pending: [CommandID: Pending] = [:]
    private var lastID: UInt64 = 0
    private var isLogWanted = false
    package private(set) var levels = LogLevels(all: -1)

    package init(loop: EventLoop, log: LogHub, control: any SAControl, groups: [any CommandGroup]) {
        self.loop = loop
        self.log = log
        self.control = control
        commands = Dictionary(groups.flatMap(\.commands).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Listens at a path; a socket that a dead daemon left there is replaced.
    ///
    /// - Parameter group: whose members may connect, besides root.
    package func listen(at path: String, group: UInt32? = nil) throws(SystemError) {
        listener = try StreamListener(path: path, mode: 0o660, group: group, loop: loop) { [unowned self] in
            self.accept($0)
        }
        log.add(self)
    }

    /// Closes all connections and removes the socket.
    package func stop() {
        log.remove(self)
        listener?.close()
        listener = nil
        pending.values.forEach { $0.timer?.deadline = nil }
        pending = [:]
        clients.values.forEach { $0.close() }
        clients = [:]
    }

    /// Takes a connected client; for tests also without a listener.
    package func accept(_ connection: StreamConnection) {
        let client = ControlClient(connection: connection, loop: loop, owner: self)
        clients[ObjectIdentifier(client)] = client
        do throws(SystemError) {
            try client.start()
        } catch {
            left(client, because: "\(error)")
        }
    }

    // MARK: Engine commands

    private func start(_ request: EngineRequest, for client: ControlClient) {
        lastID += 1
        let id = CommandID(rawValue: lastID)
        pending[id] = Pending(client: client, request: request, timer: timer(request, id))
        refreshLevels()
        control.perform(request.command, id: id)
        if request.patience == .none, let waiting = take(id) {
            control.abandon(id)
            waiting.client.respond(waiting.request.answer(.success(matches: 0, done: 0)))
        }
    }

    private func timer(_ request: EngineRequest, _ id: CommandID) -> LoopTimer? {
        guard case .milliseconds(let milliseconds) = request.patience else { return nil }
        let timer = loop.makeTimer { [unowned self] _ in self.timeOut(id, after: milliseconds) }
        timer.deadline = MonotonicClock.now() + .milliseconds(milliseconds)
        return timer
    }

    private func timeOut(_ id: CommandID, after milliseconds: Int64) {
        guard let waiting = take(id) else { return }
        control.abandon(id)
        let reason = "\(waiting.request.timeoutText) after \(milliseconds)ms"
        waiting.client.respond(waiting.request.answer(.failure(reason: reason, matches: 0, done: 0)))
    }

    private func take(_ id: CommandID) -> Pending? {
        guard let waiting = pending.removeValue(forKey: id) else { return nil }
        waiting.timer?.deadline = nil
        refreshLevels()
        return waiting
    }

    // MARK: Log levels

    /// `log` clients see level 1, as with charon; `control-log` clients what they asked for.
    private func refreshLevels() {
        var wanted = LogLevels(all: isLogWanted ? 1 : -1)
        for waiting in pending.values where waiting.client.registeredEvents.contains(ControlEvent.controlLog) {
            wanted = wanted.union(LogLevels(all: waiting.request.logLevel))
        }
        guard wanted != levels else { return }
        levels = wanted
        log.refreshLevels()
    }

    // MARK: Events

    /// Sends an event to all who want it; it is built and encoded once, and only if somebody does.
    private func broadcast(_ event: String, _ message: () -> VICIMessage) {
        let listeners = clients.values.filter { $0.registeredEvents.contains(event) }
        guard !listeners.isEmpty,
            let bytes = try? VICIPacket.event(name: event, message: message()).framed()
        else { return }
        listeners.forEach { $0.send(event, framed: bytes) }
    }
}

extension ControlService: ControlClient.Owner {
    func run(_ command: ServerSession.Command, for client: ControlClient) {
        guard let known = commands[command.name] else { return client.respondUnknown() }
        do throws(CommandFailure) {
            switch try known.run(command.message) {
            case .answer(let message): client.respond(message)
            case .listing(let event, let next): client.list(event, next)
            case .engine(let request): start(request, for: client)
            }
        } catch {
            client.respond(error.message)
        }
    }

    func left(_ client: ControlClient, because reason: String?) {
        guard clients.removeValue(forKey: ObjectIdentifier(client)) != nil else { return }
        if let reason { log.log(.cfg, 1, "control client disconnected: \(reason)") }
        for (id, waiting) in pending where waiting.client === client {
            _ = take(id)
            control.abandon(id)
        }
        registrationsChanged()
    }

    func registrationsChanged() {
        isLogWanted = clients.values.contains { $0.registeredEvents.contains(ControlEvent.log) }
        refreshLevels()
    }
}

extension ControlService: SAObserver {
    package func complete(_ id: CommandID, _ outcome: CommandOutcome) {
        guard let waiting = take(id) else { return }
        waiting.client.respond(waiting.request.answer(outcome))
    }

    package func event(_ event: SAEvent) {
        guard let name = EventPresentation.name(of: event) else { return }
        broadcast(name) { EventPresentation.message(for: event) }
    }
}

extension ControlService: LogSink {
    package func write(_ line: LogLine, at time: WallTime) {
        if isLogWanted, line.level <= 1 { broadcast(ControlEvent.log) { EventPresentation.log(line) } }
        guard let id = line.command, let waiting = pending[id], line.level <= waiting.request.logLevel else { return }
        waiting.client.send(ControlEvent.controlLog, EventPresentation.controlLog(line))
    }
}
