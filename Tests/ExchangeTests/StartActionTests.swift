import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("What start_action has begun ends with its configuration")
struct StartActionTests {
    private func started(_ closed: Bool, change: (inout PeerConfig) -> Void) -> (Pair, PeerConfig) {
        var connection = Sample.connection(.moon, to: .sun)
        connection.children[0].startAction = .start
        let pair = Pair { own, peer in if own.name == "moon" { peer = connection } }
        pair.settle()
        change(&connection)
        pair.moon.input { $0.load(connection, closesStarted: closed, at: $1, into: &$2) }
        pair.settle()
        return (pair, connection)
    }

    @Test("a changed child is closed and started anew when a control client loads it, and stays when a file does", arguments: [true, false])
    func changed(_ closes: Bool) {
        let (pair, _) = started(closes) { $0.children[0].lifetime.rekeyTime = .seconds(7200) }
        #expect(pair.moon.liveChildren.count == 1 && pair.sun.liveChildren.count == 1)
        #expect(pair.moon.ikeSAs.map(\.uniqueID) == [closes ? 2 : 1])
        #expect(pair.problems == [])
    }

    @Test("a child that is no longer started is closed")
    func noLongerStarted() {
        let (pair, _) = started(true) { $0.children[0].startAction = .trap }
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
        #expect(pair.moon.engine.policies().count == 1)
    }

    @Test("a connection that is taken away closes its started CHILD_SAs and leaves the others", arguments: [true, false])
    func unloaded(_ closes: Bool) {
        let (pair, connection) = started(true) { $0.children.append(Sample.child("other", .moon, .sun)) }
        pair.sun.load({ var peer = Sample.connection(.sun, to: .moon); peer.children.append(Sample.child("other", .sun, .moon)); return peer }())
        pair.initiate("other", by: pair.moon)
        pair.settle()
        #expect(pair.moon.liveChildren.map(\.name) == ["net", "other"])
        pair.moon.input { _ = $0.unload(connection.name, closesStarted: closes, at: $1, into: &$2) }
        pair.settle()
        #expect(pair.moon.liveChildren.map(\.name) == (closes ? ["other"] : ["net", "other"]))
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.problems == [])
    }

    @Test("children that start together share one IKE_SA, whether the peer has an address or a name", arguments: [true, false])
    func together(_ named: Bool) {
        let pair = Pair { own, peer in
            peer.children.append(Sample.child("other", own, own.name == "moon" ? .sun : .moon))
            peer.unique = .replace
        }
        pair.moon.names["sun.example"] = [pair.sun.address]
        var started = Sample.connection(.moon, to: .sun)
        started.children.append(Sample.child("other", .moon, .sun))
        if named { started.remoteAddresses = [.name("sun.example")] }
        for index in started.children.indices { started.children[index].startAction = .start }
        pair.moon.load(started)
        pair.settle()
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.map(\.name) == ["net", "other"])
        #expect(pair.problems == [])
    }

    @Test("a child that is added with start joins the IKE_SA that is there")
    func joins() {
        let (pair, _) = started(false) { _ in }
        pair.sun.load({ var peer = Sample.connection(.sun, to: .moon); peer.children.append(Sample.child("other", .sun, .moon)); return peer }())
        var more = Sample.connection(.moon, to: .sun)
        more.children[0].startAction = .start
        more.children.append(Sample.child("other", .moon, .sun))
        more.children[1].startAction = .start
        pair.moon.load(more)
        pair.settle()
        #expect(pair.moon.ikeSAs.map(\.uniqueID) == [1])
        #expect(pair.moon.liveChildren.map(\.name) == ["net", "other"])
    }
}
