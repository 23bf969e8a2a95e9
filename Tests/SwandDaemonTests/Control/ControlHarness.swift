import Configuration
import IKESA
import IPsecModel
import Testing
import Transport
import VICI

@testable import SwandDaemon

/// Stands in for the shards: remembers what it is asked and answers what the test says.
final class FakeControl: SAControl {
    var performed: [(command: Command, id: CommandID)] = []
    var abandoned: [CommandID] = []
    var sas: [IKESASnapshot] = []
    var traps: [PolicySnapshot] = []
    /// Called while a command is performed, as an engine that is done at once would complete it.
    var atOnce: ((CommandID) -> Void)?

    func perform(_ command: Command, id: CommandID) {
        performed.append((command, id))
        atOnce?(id)
    }
    func abandon(_ id: CommandID) { abandoned.append(id) }
    var ikeSAIDs: [UInt32] { sas.map(\.uniqueID) }
    func ikeSA(_ uniqueID: UInt32) -> IKESASnapshot? { sas.first { $0.uniqueID == uniqueID } }
    func policies() -> [PolicySnapshot] { traps }
    var ikeSACount: Int { sas.count }
    var halfOpenCount: Int { 0 }
}

/// A control service and its clients on one loop.
final class ControlHarness {
    let loop: EventLoop
    let log = LogHub()
    let control = FakeControl()
    let store = ConnectionStore()
    let counters = Counters()
    let service: ControlService
    private let path: String

    init(extra: [any CommandGroup] = []) throws {
        loop = try EventLoop()
        path = "/tmp/swand-test-\(UInt64.random(in: 0 ... .max)).vici"
        let groups: [any CommandGroup] = [
            SystemCommands(
                control: control, started: .now(), reloadSettings: { () throws(CommandFailure) in },
                reloadConfiguration: { () throws(CommandFailure) in throw CommandFailure("a.conf:1:2: wrong") }),
            EngineCommands(), ListingCommands(control: control), CounterCommands(counters: counters),
            ConnectionCommands(
                store: store, log: log,
                loader: { .init(environment: .init(), files: HostFiles()) }, subject: { _ in "CN=test" }),
            UnsupportedCommands(),
        ]
        service = ControlService(loop: loop, log: log, control: control, groups: groups + extra)
        try service.listen(at: path)
    }

    deinit { service.stop() }

    func client() throws -> TestClient { try TestClient(path: path, loop: loop) }

    /// Turns the loop until `condition` holds; a bug ends in a failure, not in a test that hangs.
    func turn(until condition: () -> Bool) throws {
        var isOver = false
        let limit = loop.makeTimer { _ in isOver = true }
        limit.deadline = MonotonicClock.now() + .seconds(20)
        defer { limit.deadline = nil }
        while !condition() {
            loop.turn(wait: true)
            try #require(!isOver, "the loop waits for something that does not come")
        }
    }

    /// Asks and waits for the answer; `nil` for an unknown command.
    func ask(_ client: TestClient, _ command: String, _ fields: [(String, String)] = []) throws -> VICIMessage? {
        var message = VICIMessage()
        for (key, value) in fields { message.set(key, value) }
        return try ask(client, command, message)
    }

    func ask(_ client: TestClient, _ command: String, _ message: VICIMessage) throws -> VICIMessage? {
        try client.request(command, message)
        try turn { client.answer != nil || client.isClosed }
        defer { client.answer = nil }
        guard case .response(let answer) = client.answer else { return nil }
        return answer
    }
}

/// A VICI client on the same loop as the service.
final class TestClient {
    private let connection: StreamConnection
    private var session = ClientSession()
    var answer: ClientSession.Incoming?
    var events: [(name: String, message: VICIMessage)] = []
    private(set) var isClosed = false

    init(path: String, loop: EventLoop) throws {
        connection = try StreamConnection(connectingTo: path, loop: loop)
        try connection.start(
            .init(
                received: { [unowned self] in self.received($0) }, drained: {},
                closed: { [unowned self] in self.isClosed = true }))
    }

    deinit { connection.close() }

    private func received(_ bytes: ArraySlice<UInt8>) {
        session.receive(bytes)
        while let incoming = try? session.next() {
            if case .event(let name, let message) = incoming {
                events.append((name, message))
            } else {
                answer = incoming
            }
        }
    }

    func request(_ command: String, _ message: VICIMessage = VICIMessage()) throws {
        answer = nil
        try session.request(command, message)
        connection.send(session.takeOutput())
    }

    func register(_ event: String) throws {
        answer = nil
        try session.register(event: event)
        connection.send(session.takeOutput())
    }

    func sendRaw(_ bytes: [UInt8]) { connection.send(bytes) }
    func close() { connection.close() }
    var isReadingPaused: Bool {
        get { connection.isReadingPaused }
        set { connection.isReadingPaused = newValue }
    }
}
