import Testing
import VICI

@Suite("VICI server sessions")
struct ServerSessionTests {
    static func session() -> ServerSession { ServerSession(events: ["list-sa", "log"]) }

    static func packets(_ bytes: [UInt8]) throws -> [VICIPacket] {
        var reader = FrameReader()
        reader.push(bytes)
        var packets: [VICIPacket] = []
        while let bytes = try reader.pop() { packets.append(try VICIPacket(decoding: bytes)) }
        return packets
    }

    @Test("answer registrations themselves")
    func registrations() throws {
        var session = Self.session()
        for packet: VICIPacket in [
            .eventRegister(name: "list-sa"), .eventRegister(name: "nonsense"),
            .eventUnregister(name: "log"), .eventUnregister(name: "list-sa"),
        ] {
            session.receive(try packet.framed())
        }
        #expect(try session.nextCommand() == nil)
        #expect(try Self.packets(session.takeOutput()) == [.eventConfirm, .eventUnknown, .eventUnknown, .eventConfirm])
        #expect(session.registeredEvents.isEmpty)
        #expect(session.takeOutput().isEmpty)
    }

    @Test("hand out one command at a time, in order, and send events between command and answer")
    func oneCommand() throws {
        var session = Self.session()
        session.receive(try VICIPacket.eventRegister(name: "list-sa").framed())
        session.receive(try VICIPacket.commandRequest(name: "list-sas", message: sampleMessage).framed())
        session.receive(try VICIPacket.eventUnregister(name: "list-sa").framed())
        session.receive(try VICIPacket.commandRequest(name: "nope", message: VICIMessage()).framed())

        #expect(try session.nextCommand() == .init(name: "list-sas", message: sampleMessage))
        #expect(try session.nextCommand() == nil)
        #expect(session.registeredEvents == ["list-sa"])
        #expect(try session.send(event: "list-sa", sampleMessage))
        #expect(try session.send(event: "log", sampleMessage) == false)
        try session.respond(VICIMessage.success)

        #expect(try session.nextCommand() == .init(name: "nope", message: VICIMessage()))
        try session.respondUnknownCommand()
        #expect(
            try Self.packets(session.takeOutput()) == [
                .eventConfirm, .event(name: "list-sa", message: sampleMessage), .commandResponse(.success),
                .eventConfirm, .commandUnknown,
            ])
    }

    @Test("refuse answers to nothing and packets of the wrong side")
    func protocolErrors() throws {
        var session = Self.session()
        #expect(throws: VICIError.noCommandActive) { try session.respond(.success) }
        #expect(throws: VICIError.noCommandActive) { try session.respondUnknownCommand() }
        session.receive(try VICIPacket.eventConfirm.framed())
        #expect(throws: VICIError.unexpectedPacket(.eventConfirm)) { try session.nextCommand() }
        session = Self.session()
        session.receive([0, 0, 0, 1, 77])
        #expect(throws: VICIError.unknownPacketType(77)) { try session.nextCommand() }
    }

    @Test("stop reading when a client floods behind an active command")
    func flood() throws {
        var session = Self.session()
        session.receive(try VICIPacket.commandRequest(name: "stats", message: VICIMessage()).framed())
        #expect(try session.nextCommand() != nil)
        #expect(session.wantsInput)
        session.receive(Array(repeating: 0, count: VICILimits.packetBytes))
        #expect(!session.wantsInput)
    }

    @Test("keep the command when its answer is too long, so that a shorter one can follow")
    func answerTooLong() throws {
        var session = Self.session()
        session.receive(try VICIPacket.commandRequest(name: "stats", message: VICIMessage()).framed())
        _ = try session.nextCommand()
        var long = VICIMessage()
        long.set("k", bytes: Array(repeating: 1, count: 65_536))
        #expect(throws: VICIError.self) { try session.respond(long) }
        #expect(session.activeCommand == "stats")
        try session.respond(.failure("too long"))
        #expect(try Self.packets(session.takeOutput()) == [.commandResponse(.failure("too long"))])
    }
}

@Suite("VICI client sessions")
struct ClientSessionTests {
    @Test("ask once, see events, get the answer")
    func requestWithEvents() throws {
        var client = ClientSession()
        var server = ServerSession(events: ["log"])
        try client.register(event: "log")
        server.receive(client.takeOutput())
        #expect(try server.nextCommand() == nil)
        client.receive(server.takeOutput())
        #expect(try client.next() == .eventConfirmed)

        try client.request("version")
        #expect(throws: VICIError.commandActive) { try client.request("version") }
        server.receive(client.takeOutput())
        #expect(try server.nextCommand()?.name == "version")
        try server.send(event: "log", sampleMessage)
        try server.respond(.success)
        client.receive(server.takeOutput())
        #expect(try client.next() == .event(name: "log", message: sampleMessage))
        #expect(try client.next() == .response(.success))
        #expect(try client.next() == nil)
    }

    @Test("hear of unknown commands and events")
    func unknown() throws {
        var client = ClientSession()
        try client.request("x")
        client.receive(try VICIPacket.commandUnknown.framed())
        #expect(try client.next() == .unknownCommand)
        try client.unregister(event: "x")
        client.receive(try VICIPacket.eventUnknown.framed())
        #expect(try client.next() == .unknownEvent)
    }

    @Test(
        "refuse answers that nobody asked for",
        arguments: [
            VICIPacket.commandResponse(VICIMessage()), .commandUnknown, .eventConfirm, .eventUnknown,
            .eventRegister(name: "x"), .commandRequest(name: "x", message: VICIMessage()),
        ])
    func unasked(packet: VICIPacket) throws {
        var client = ClientSession()
        client.receive(try packet.framed())
        #expect(throws: VICIError.unexpectedPacket(packet.kind)) { try client.next() }
    }
}
