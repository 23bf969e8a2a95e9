import IKESA
import Testing
import VICI

@testable import SwandDaemon

@Suite("Counters")
struct CounterTests {
    @Test("count in total and for each connection, and are reset one by one")
    func counting() throws {
        let harness = try ControlHarness()
        let client = try harness.client()
        harness.counters.count(.ikeInitOutReq, connection: "a")
        harness.counters.count(.ikeInitOutReq, connection: nil)
        harness.counters.count(.invalid, connection: nil)
        let total = try harness.ask(client, "get-counters")
        #expect(total?.string("counters", "", "ike-init-out-req") == "2")
        #expect(total?.section("counters", "")?.elements.count == 21)
        #expect(total?.string("success") == "yes")
        let one = try harness.ask(client, "get-counters", [("name", "a")])
        #expect(one?.string("counters", "a", "ike-init-out-req") == "1")
        let none = try harness.ask(client, "get-counters", [("name", "x")])
        #expect(none?.string("errmsg") == "no counters found for this connection")
        #expect(try harness.ask(client, "reset-counters") == .success)
        #expect(try harness.ask(client, "get-counters")?.string("counters", "", "invalid") == "0")
        #expect(
            try harness.ask(client, "get-counters", [("all", "yes")])?.string("counters", "a", "ike-init-out-req")
                == "1")
        #expect(try harness.ask(client, "reset-counters", [("all", "yes")]) == .success)
        #expect(try harness.ask(client, "get-counters", [("all", "yes")])?.section("counters")?.isEmpty == true)
    }
}
