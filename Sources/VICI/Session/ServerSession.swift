/// The daemon's side of one VICI connection, without its socket.
///
///     receive(bytes) → nextCommand() → … work, send(event:_:) … → respond(_:) → takeOutput()
///
/// Registrations are answered here. Commands come out one at a time: while one is being worked on, whatever the client
/// sent after it waits in order, as clients of a daemon that answers in order expect. Any error while reading means
/// that the stream is lost: close this connection, no other.
package struct ServerSession: Sendable {
    /// A command that a client asks for.
    package struct Command: Equatable, Sendable {
        package var name: String
        package var message: VICIMessage

        package init(name: String, message: VICIMessage) {
            self.name = name
            self.message = message
        }
    }

    /// Events that the client asked for and has not cancelled.
    package private(set) var registeredEvents: Set<String> = []
    /// The command that waits for its answer.
    package private(set) var activeCommand: String?

    private let knownEvents: Set<String>
    private var reader = FrameReader()
    private var output: [UInt8] = []

    /// - Parameter events: names that clients may register for; others are answered EVENT_UNKNOWN.
    package init(events: Set<String>) {
        knownEvents = events
    }

    /// Takes bytes as they came from the socket.
    package mutating func receive(_ bytes: some Sequence<UInt8>) {
        reader.push(bytes)
    }

    /// False while a command is active and the client already sent a packet's worth more: stop reading its socket
    /// until the command is answered, so that it cannot fill our memory.
    package var wantsInput: Bool {
        activeCommand == nil || reader.bufferedBytes < VICILimits.packetBytes
    }

    /// The next command to run; nil when one is active or more bytes are needed.
    ///
    /// Call it after ``receive(_:)`` and again after each answer. Registrations on the way are answered into the
    /// output.
    ///
    /// - Throws: ``VICIError`` when the client broke the protocol.
    package mutating func nextCommand() throws(VICIError) -> Command? {
        while activeCommand == nil, let bytes = try reader.pop() {
            switch try VICIPacket(decoding: bytes) {
            case .commandRequest(let name, let message):
                activeCommand = name
                return Command(name: name, message: message)
            case .eventRegister(let name):
                let known = knownEvents.contains(name)
                if known { registeredEvents.insert(name) }
                try write(known ? .eventConfirm : .eventUnknown)
            case .eventUnregister(let name):
                try write(registeredEvents.remove(name) != nil ? .eventConfirm : .eventUnknown)
            case let packet:
                throw .unexpectedPacket(packet.kind)
            }
        }
        return nil
    }

    /// Answers the active command.
    ///
    /// - Throws: ``VICIError/noCommandActive``; or what cannot be written, in which case the command stays active and
    ///   a shorter answer can follow.
    package mutating func respond(_ message: VICIMessage) throws(VICIError) {
        guard activeCommand != nil else { throw .noCommandActive }
        try write(.commandResponse(message))
        activeCommand = nil
    }

    /// Answers that there is no such command as the active one.
    package mutating func respondUnknownCommand() throws(VICIError) {
        guard activeCommand != nil else { throw .noCommandActive }
        try write(.commandUnknown)
        activeCommand = nil
    }

    /// Sends an event if the client registered for it; says whether it was sent. May stand between a command and its
    /// answer.
    @discardableResult
    package mutating func send(event name: String, _ message: VICIMessage) throws(VICIError) -> Bool {
        guard registeredEvents.contains(name) else { return false }
        try write(.event(name: name, message: message))
        return true
    }

    /// Sends an event whose bytes were made once, by ``VICIPacket/framed()``, for many clients.
    @discardableResult
    package mutating func send(event name: String, framed bytes: [UInt8]) -> Bool {
        guard registeredEvents.contains(name) else { return false }
        output.append(contentsOf: bytes)
        return true
    }

    /// Bytes that wait to be written to the socket. A caller sets itself a limit and drops a client that does not read.
    package var pendingOutputBytes: Int { output.count }

    /// Hands over the bytes to write, in order.
    package mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    private mutating func write(_ packet: VICIPacket) throws(VICIError) {
        output.append(contentsOf: try packet.framed())
    }
}
