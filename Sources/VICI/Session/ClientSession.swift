/// A client's side of one VICI connection, without its socket.
///
/// One thing is asked at a time (a command, a registration or its end) and answered once; events may come before the
/// answer and at any other time.
package struct ClientSession: Sendable {
    /// What the daemon said.
    package enum Incoming: Equatable, Sendable {
        /// The answer to the command.
        case response(VICIMessage)
        /// The daemon does not know the command.
        case unknownCommand
        /// Registration or its end is done.
        case eventConfirmed
        /// The daemon does not know the event.
        case unknownEvent
        /// A registered event.
        case event(name: String, message: VICIMessage)
    }

    private enum Awaiting {
        case nothing
        case response
        case confirmation
    }

    private var awaiting = Awaiting.nothing
    private var reader = FrameReader()
    private var output: [UInt8] = []

    package init() {}

    /// Asks for a command.
    ///
    /// - Throws: ``VICIError/commandActive`` before the last answer came, and what cannot be written.
    package mutating func request(_ name: String, _ message: VICIMessage = VICIMessage()) throws(VICIError) {
        try ask(.commandRequest(name: name, message: message), awaiting: .response)
    }

    /// Asks for the events of a name.
    package mutating func register(event name: String) throws(VICIError) {
        try ask(.eventRegister(name: name), awaiting: .confirmation)
    }

    /// Ends the events of a name.
    package mutating func unregister(event name: String) throws(VICIError) {
        try ask(.eventUnregister(name: name), awaiting: .confirmation)
    }

    /// Takes bytes as they came from the socket.
    package mutating func receive(_ bytes: some Sequence<UInt8>) {
        reader.push(bytes)
    }

    /// The next thing the daemon said; nil when more bytes are needed.
    ///
    /// - Throws: ``VICIError``; the stream is lost then.
    package mutating func next() throws(VICIError) -> Incoming? {
        guard let bytes = try reader.pop() else { return nil }
        let packet = try VICIPacket(decoding: bytes)
        switch (packet, awaiting) {
        case (.event(let name, let message), _):
            return .event(name: name, message: message)
        case (.commandResponse(let message), .response):
            awaiting = .nothing
            return .response(message)
        case (.commandUnknown, .response):
            awaiting = .nothing
            return .unknownCommand
        case (.eventConfirm, .confirmation):
            awaiting = .nothing
            return .eventConfirmed
        case (.eventUnknown, .confirmation):
            awaiting = .nothing
            return .unknownEvent
        default:
            throw .unexpectedPacket(packet.kind)
        }
    }

    /// Hands over the bytes to write, in order.
    package mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    private mutating func ask(_ packet: VICIPacket, awaiting answer: Awaiting) throws(VICIError) {
        guard case .nothing = awaiting else { throw .commandActive }
        output.append(contentsOf: try packet.framed())
        awaiting = answer
    }
}
