import IKESA
import IPsecModel
import Testing
import VICI

@testable import SwandDaemon

@Suite("The control service")
struct ControlServiceTests {
    @Test("answers version and stats with charon's keys")
    func systemCommands() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        let version = try #require(try harness.ask(client, "version"))
        #expect(version.elements.map(\.name) == ["daemon", "version", "sysname", "release", "machine"])
        #expect(version.string("daemon") == "swand")
        let stats = try #require(try harness.ask(client, "stats"))
        #expect(
            stats.elements.map(\.name) == ["uptime", "workers", "queues", "scheduled", "ikesas", "plugins", "mallinfo"])
        #expect(stats.string("ikesas", "half-open") == "0")
    }

    @Test("an unknown command is answered as unknown, and the client lives on")
    func unknownCommand() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        try client.request("no-such-command")
        try harness.turn { client.answer != nil }
        #expect(client.answer == .unknownCommand)
        #expect(try harness.ask(client, "version") != nil)
    }

    @Test("a command that is not supported is refused in words", arguments: ["load-pool", "load-token", "redirect"])
    func refusals(_ name: String) throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        let answer = try #require(try harness.ask(client, name))
        #expect(answer.string("success") == "no")
        #expect(answer.string("errmsg")?.hasSuffix("not supported yet") == true)
    }

    @Test("a malformed packet ends that client and no other")
    func malformed() throws {
        let harness = try ControlHarness()
        let bad = try harness.client()
        let good = try harness.client()
        #expect(try harness.ask(good, "version") != nil)
        bad.sendRaw([0, 0, 0, 3, 0, 9, 9])
        try harness.turn { bad.isClosed }
        #expect(!good.isClosed)
        #expect(try harness.ask(good, "version") != nil)
    }

    @Test("a packet that claims to be huge ends the client before it is read")
    func oversized() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        client.sendRaw([0x7f, 0xff, 0xff, 0xff])
        try harness.turn { client.isClosed }
    }

    // MARK: Commands of the engine

    @Test("initiate is answered when the engine completes it")
    func initiate() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        try client.request("initiate", message([("child", "net"), ("ike", "gw")]))
        try harness.turn { !harness.control.performed.isEmpty }
        guard case .initiate(let child, let ike) = harness.control.performed[0].command else {
            Issue.record("another command was performed")
            return
        }
        #expect(child == "net")
        #expect(ike == "gw")
        #expect(client.answer == nil)
        harness.service.complete(harness.control.performed[0].id, .done)
        try harness.turn { client.answer != nil }
        #expect(client.answer == .response(.success))
    }

    @Test("a failure carries the engine's reason, and terminate its counts")
    func terminateFails() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        harness.control.atOnce = { [unowned harness] id in
            harness.service.complete(id, .failure(reason: "no matching SAs to terminate found", matches: 2, done: 1))
        }
        let answer = try #require(try harness.ask(client, "terminate", [("ike-id", "7"), ("force", "yes")]))
        #expect(answer.string("success") == "no")
        #expect(answer.string("matches") == "2")
        #expect(answer.string("terminated") == "1")
        #expect(answer.string("errmsg") == "no matching SAs to terminate found")
        guard case .terminate(let selection, let force) = harness.control.performed[0].command else {
            Issue.record("another command was performed")
            return
        }
        #expect(selection.ikeID == 7)
        #expect(force)
    }

    @Test("a request without a selector or with a number that is none is refused before the engine sees it")
    func badRequests() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        let cases: [(String, [(String, String)], String)] = [
            ("terminate", [], "missing terminate selector"),
            ("rekey", [], "missing rekey selector"),
            ("initiate", [], "missing configuration name"),
            ("install", [], "missing configuration name"),
            ("terminate", [("ike-id", "x")], "ike-id is not a number: x"),
            ("initiate", [("child", "a"), ("timeout", "soon")], "timeout is not a number of milliseconds: soon"),
            ("initiate", [("child", "a"), ("loglevel", "9")], "loglevel is not a level from -1 to 4: 9"),
        ]
        for (command, fields, reason) in cases {
            #expect(try harness.ask(client, command, fields)?.string("errmsg") == reason)
        }
        #expect(harness.control.performed.isEmpty)
    }

    @Test("a timeout answers the client and leaves the command running")
    func timeout() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        let answer = try #require(try harness.ask(client, "initiate", [("child", "net"), ("timeout", "1")]))
        #expect(answer.string("errmsg") == "CHILD_SA 'net' not established after 1ms")
        #expect(harness.control.abandoned == [harness.control.performed[0].id])
        harness.service.complete(harness.control.performed[0].id, .done)
        #expect(try harness.ask(client, "version") != nil)
    }

    @Test("a negative timeout answers at once")
    func noPatience() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        let answer = try harness.ask(client, "initiate", [("child", "net"), ("timeout", "-1")])
        #expect(answer == .success)
        #expect(harness.control.abandoned.count == 1)
    }

    @Test("a client that leaves gives up its command, which goes on")
    func clientLeaves() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        try client.request("initiate", message([("child", "net")]))
        try harness.turn { !harness.control.performed.isEmpty }
        client.close()
        try harness.turn { !harness.control.abandoned.isEmpty }
        harness.service.complete(harness.control.performed[0].id, .done)
    }

    @Test("commands of one client are run one after the other, in order")
    func pipelining() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        var bytes: [UInt8] = []
        for name in ["initiate", "version"] {
            bytes += try VICIPacket.commandRequest(name: name, message: message([("child", "net")])).framed()
        }
        client.sendRaw(bytes)
        try harness.turn { !harness.control.performed.isEmpty }
        let other = try harness.client()
        #expect(try harness.ask(other, "version") != nil)
        harness.service.complete(harness.control.performed[0].id, .done)
        #expect(try harness.ask(other, "version") != nil)
    }

    private func message(_ fields: [(String, String)]) -> VICIMessage {
        var message = VICIMessage()
        for (key, value) in fields { message.set(key, value) }
        return message
    }
}
