import IKESA
import IPsecModel
import Testing
import VICI

@testable import SwandDaemon

@Suite("Events to control clients")
struct ControlEventTests {
    private func register(_ harness: ControlHarness, _ client: TestClient, _ event: String) throws {
        try client.register(event)
        try harness.turn { client.answer != nil }
        #expect(client.answer == .eventConfirmed)
    }

    @Test("an event that does not exist is not confirmed")
    func unknownEvent() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        try client.register("weather")
        try harness.turn { client.answer != nil }
        #expect(client.answer == .unknownEvent)
    }

    @Test("go to those who registered, and to no other")
    func upDown() throws {
        let harness = try ControlHarness()
        let listener = try harness.client()
        let other = try harness.client()
        try register(harness, listener, "child-updown")
        harness.service.event(.childUpDown(up: true, Samples.ikeSA()))
        try harness.turn { !listener.events.isEmpty }
        #expect(listener.events[0].name == "child-updown")
        #expect(listener.events[0].message.string("up") == "yes")
        #expect(listener.events[0].message.string("gw", "child-sas", "net-3", "spi-in") == "c0000001")
        #expect(try harness.ask(other, "version") != nil)
        #expect(other.events.isEmpty)
    }

    @Test("log lines reach log clients up to level 1, and are wanted only while somebody listens")
    func log() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        #expect(harness.log.levels[.ike] == -1)
        try register(harness, client, "log")
        #expect(harness.log.levels[.ike] == 1)
        harness.log.write(LogLine(group: .ike, level: 1, text: "hello", ikeName: "gw", uniqueID: 4))
        harness.log.log(.ike, 2, "not for you")
        try harness.turn { !client.events.isEmpty }
        let line = client.events[0].message
        #expect(
            line.elements.map(\.name) == ["group", "level", "thread", "ikesa-name", "ikesa-uniqueid", "msg"])
        #expect(line.string("msg") == "hello")
        client.close()
        try harness.turn { harness.log.levels[.ike] == -1 }
        #expect(client.events.count == 1)
    }

    @Test("control-log carries the lines of the client's own command, up to the level it asked for")
    func controlLog() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        try register(harness, client, "control-log")
        harness.control.atOnce = { [unowned harness] id in
            let lines: [(Int8, CommandID?, String)] = [
                (1, id, "mine"), (2, id, "detail"), (3, id, "too much"), (1, nil, "nobody's"),
                (1, CommandID(rawValue: 99), "another's"),
            ]
            for (level, command, text) in lines {
                harness.log.write(LogLine(group: .ike, level: level, text: text, command: command))
            }
            harness.service.complete(id, .done)
        }
        let answer = try harness.ask(client, "initiate", [("child", "net"), ("loglevel", "2")])
        #expect(answer == .success)
        #expect(client.events.map { $0.message.string("msg") } == ["mine", "detail"])
        #expect(harness.log.levels[.ike] == -1)
    }

    @Test("SAs are listed one event each, filtered by name and number, before the answer")
    func listing() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        harness.control.sas = (1...300).map { Samples.ikeSA(name: "gw\($0 % 2)", id: UInt32($0)) }
        try register(harness, client, "list-sa")
        #expect(try harness.ask(client, "list-sas") == VICIMessage())
        #expect(client.events.count == 300)
        client.events = []
        _ = try harness.ask(client, "list-sas", [("ike", "gw1")])
        #expect(client.events.count == 150)
        client.events = []
        _ = try harness.ask(client, "list-sas", [("ike-id", "7"), ("child", "net")])
        #expect(client.events.map { $0.message.string("gw1", "uniqueid") } == ["7"])
        client.events = []
        _ = try harness.ask(client, "list-sas", [("child", "other")])
        #expect(client.events.isEmpty)
    }

    /// Lists messages for ever and counts how many were asked for.
    private final class Endless: CommandGroup {
        var produced = 0
        let total = 20_000
        var commands: [ControlCommand] {
            [
                ControlCommand("endless") { [unowned self] (_) throws(CommandFailure) in
                    .listing(event: "list-sa") {
                        guard self.produced < self.total else { return .end }
                        self.produced += 1
                        var message = VICIMessage()
                        message.set("n", String(repeating: "x", count: 1000))
                        return .message(message)
                    }
                }
            ]
        }
    }

    @Test("a client that does not read its listing holds up nobody and fills no memory")
    func slowReader() throws {
        let endless = Endless()
        let harness = try ControlHarness(extra: [endless])
        let slow = try harness.client()
        let other = try harness.client()
        try register(harness, slow, "list-sa")
        slow.isReadingPaused = true
        try slow.request("endless")
        for _ in 0..<50 { #expect(try harness.ask(other, "version") != nil) }
        let held = endless.produced
        #expect(held > 0)
        #expect(held < 2_000)
        for _ in 0..<50 { #expect(try harness.ask(other, "version") != nil) }
        #expect(endless.produced == held)
        slow.isReadingPaused = false
        try harness.turn { slow.answer != nil }
        #expect(slow.events.count == endless.total)
    }
}
