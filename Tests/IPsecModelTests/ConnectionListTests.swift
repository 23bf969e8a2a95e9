import IPsecModel
import Testing

@Suite("The list of connections")
struct ConnectionListTests {
    private func list(_ names: String...) -> ConnectionList { ConnectionList(names.map(PeerConfig.init(name:))) }

    @Test("keeps the order of loading, and the place of what is replaced")
    func order() {
        var list = list("a", "b", "c")
        var changed = PeerConfig(name: "b")
        changed.keyingTries = 7
        list.set(changed)
        #expect(list.names == ["a", "b", "c"])
        #expect(list["b"]?.keyingTries == 7)
        #expect(list.count == 3)
    }

    @Test("forgets what is removed, once")
    func removal() {
        var list = list("a", "b", "c")
        #expect(list.remove("b")?.name == "b")
        #expect(list.remove("b") == nil)
        #expect(list["b"] == nil)
        #expect(!list.contains("b"))
        #expect(list.all.map(\.name) == ["a", "c"])
    }

    @Test("finds everything after many gaps were closed")
    func gaps() {
        var list = ConnectionList((0..<1000).map { PeerConfig(name: "\($0)") })
        for number in 0..<1000 where number % 10 != 3 { list.remove("\(number)") }
        #expect(list.count == 100)
        #expect(list.names == stride(from: 3, to: 1000, by: 10).map(String.init))
        #expect(list["993"]?.name == "993")
        list.set(PeerConfig(name: "0"))
        #expect(list.names.last == "0")
    }
}
