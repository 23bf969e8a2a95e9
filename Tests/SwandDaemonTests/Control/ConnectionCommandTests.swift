import Configuration
import IPsecModel
import Testing
import VICI

@testable import SwandDaemon

@Suite("Connections over the control socket")
struct ConnectionCommandTests {
    private func connection(_ name: String, _ build: (inout VICIMessage) -> Void = { _ in }) -> VICIMessage {
        var message = VICIMessage()
        message.section(name) { section in
            section.set("version", "2")
            section.list("remote_addrs", ["192.0.2.7"])
            section.section("children") { $0.section("net", VICIMessage()) }
            build(&section)
        }
        return message
    }

    @Test("are loaded, listed, named and unloaded, and the shards are told each time")
    func lifeCycle() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        var told: [[String]] = []
        harness.store.changed = { [unowned store = harness.store] _ in
            told.append(store.snapshot.connections.map(\.name))
        }
        #expect(try harness.ask(client, "load-conn", connection("a")) == .success)
        #expect(try harness.ask(client, "load-conn", connection("b")) == .success)
        #expect(try harness.ask(client, "get-conns")?.strings("conns") == ["a", "b"])
        try client.register("list-conn")
        try harness.turn { client.answer != nil }
        _ = try harness.ask(client, "list-conns", [("ike", "b")])
        #expect(client.events.map(\.message.elements[0].name) == ["b"])
        #expect(client.events[0].message.string("b", "version") == "IKEv2")
        #expect(client.events[0].message.strings("b", "remote_addrs") == ["192.0.2.7"])
        #expect(client.events[0].message.string("b", "children", "net", "mode") == "TUNNEL")
        #expect(try harness.ask(client, "unload-conn", [("name", "a")]) == .success)
        let answer = try harness.ask(client, "unload-conn", [("name", "a")])
        #expect(answer?.string("errmsg") == "connection 'a' not found for unloading")
        #expect(told == [["a"], ["a", "b"], ["b"]])
    }

    @Test("one that is wrong is refused with the key, and what was there stays")
    func refused() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        _ = try harness.ask(client, "load-conn", connection("a"))
        let answer = try harness.ask(client, "load-conn", connection("a") { $0.set("rekey_tine", "1h") })
        #expect(answer?.string("success") == "no")
        #expect(answer?.string("errmsg")?.contains("rekey_tine") == true)
        #expect(harness.store.snapshot.connections.count == 1)
    }

    @Test("one of a client hides one of a file with the same name")
    func precedence() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        harness.store.replaceFiles([PeerConfig(name: "a"), PeerConfig(name: "file")])
        _ = try harness.ask(client, "load-conn", connection("a"))
        #expect(harness.store.snapshot.connections.map(\.name) == ["file", "a"])
        #expect(try harness.ask(client, "get-conns")?.strings("conns") == ["a"])
    }

    @Test("a reload that fails says what is wrong")
    func reload() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        #expect(try harness.ask(client, "reload-configuration")?.string("errmsg") == "a.conf:1:2: wrong")
        #expect(try harness.ask(client, "reload-settings") == .success)
    }
}
