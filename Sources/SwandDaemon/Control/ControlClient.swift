import IPsecModel
import Transport
import VICI

/// One control connection: reads requests one at a time, streams listings as the client reads them, and gives up a
/// client that breaks the protocol or does not read its events.
final class ControlClient {
    /// What a client asks of its service.
    protocol Owner: AnyObject {
        func run(_ command: ServerSession.Command, for client: ControlClient)
        func left(_ client: ControlClient, because reason: String?)
        func registrationsChanged()
    }

    /// A client that leaves this many bytes of events unread is disconnected.
    private static let mostPending = 8 * 1024 * 1024
    /// Steps of a listing in one turn of the loop; others get their turn in between.
    private static let chunk = 64

    private unowned let owner: any Owner
    private let connection: StreamConnection
    private var session = ServerSession(events: ControlEvent.all)
    private var listing: (event: String, next: () -> ListingStep)?
    private var isPumping = false
    private var nextChunk: LoopTimer?

    init(connection: StreamConnection, loop: EventLoop, owner: any Owner) {
        self.connection = connection
        self.owner = owner
        nextChunk = loop.makeTimer { [unowned self] _ in self.continueListing() }
    }

    func start() throws(SystemError) {
        try connection.start(
            StreamConnection.Handlers(
                received: { [unowned self] bytes in self.received(bytes) },
                drained: { [unowned self] in self.drained() },
                closed: { [unowned self] in self.leave(because: nil) }))
    }

    var registeredEvents: Set<String> { session.registeredEvents }

    // MARK: Requests

    private func received(_ bytes: ArraySlice<UInt8>) {
        session.receive(bytes)
        pump()
    }

    private func drained() {
        if listing == nil { pump() } else { continueListing() }
    }

    /// Runs what the client has asked for, one command after the other, while it reads the answers.
    private func pump() {
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        do throws(VICIError) {
            while connection.isOpen, hasRoom, let command = try session.nextCommand() {
                owner.run(command, for: self)
            }
        } catch {
            return leave(because: "\(error)")
        }
        write()
        connection.isReadingPaused = !session.wantsInput || !hasRoom
        owner.registrationsChanged()
    }

    private var hasRoom: Bool { connection.pendingBytes + session.pendingOutputBytes <= StreamConnection.lowWater }

    // MARK: Answers

    /// Answers the active command.
    func respond(_ message: VICIMessage) {
        do throws(VICIError) {
            try session.respond(message)
        } catch {
            // An answer that VICI cannot carry is a failure of the command, which stays active then.
            try? session.respond(.failure("the answer cannot be sent: \(error)"))
        }
        write()
        pump()
    }

    func respondUnknown() {
        try? session.respondUnknownCommand()
        write()
    }

    /// Sends all that `next` has and then answers the active command with an empty message.
    func list(_ event: String, _ next: @escaping () -> ListingStep) {
        listing = (event, next)
        continueListing()
    }

    private func continueListing() {
        guard let listing else { return }
        for _ in 0..<Self.chunk {
            guard connection.isOpen else { return }
            guard connection.pendingBytes <= StreamConnection.lowWater else { return }
            switch listing.next() {
            case .message(let message): send(listing.event, message)
            case .skip: break
            case .end:
                self.listing = nil
                return respond(VICIMessage())
            }
        }
        nextChunk?.deadline = MonotonicClock.now()
    }

    /// Sends an event if the client registered for it. One that cannot be written is left out.
    func send(_ event: String, _ message: VICIMessage) {
        guard (try? session.send(event: event, message)) == true else { return }
        write()
    }

    /// Sends an event whose bytes were made for many clients.
    func send(_ event: String, framed bytes: [UInt8]) {
        guard session.send(event: event, framed: bytes) else { return }
        write()
    }

    private func write() {
        connection.send(session.takeOutput())
        if connection.pendingBytes > Self.mostPending { leave(because: "it does not read its events") }
    }

    func close() {
        nextChunk?.deadline = nil
        connection.close()
    }

    private func leave(because reason: String?) {
        close()
        owner.left(self, because: reason)
    }
}
