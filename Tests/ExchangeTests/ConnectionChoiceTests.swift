import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Which connection a peer gets in IKE_AUTH")
struct ConnectionChoiceTests {
    /// The responder's connections: one for anybody, with weaker proposals, and the one of moon. Both are at the same
    /// addresses, so IKE_SA_INIT cannot tell which is meant.
    private func pair(strict: [KeyExchangeMethod], moon: [KeyExchangeMethod]) -> Pair {
        let pair = Pair { own, connection in
            connection.proposals = [Sample.ikeProposal(own.name == "moon" ? moon : strict)]
        }
        var guests = Sample.connection(.sun, to: .moon)
        guests.name = "guests"
        guests.proposals = [Sample.ikeProposal([.ecp256])]
        guests.remote[0].identity = .any
        guests.local[0].identity = nil
        guests.children[0].name = "guest-net"
        pair.sun.load(guests)
        return pair
    }

    @Test("the connection of the peer's identity is switched to when its proposals allow what was agreed")
    func switched() {
        let pair = pair(strict: [.curve25519, .ecp256], moon: [.ecp256])
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.sun.ikeSAs.map(\.name) == ["gateway"])
        #expect(pair.problems == [])
    }

    @Test("algorithms that only another connection allows do not open a stricter one")
    func stricter() {
        let pair = pair(strict: [.curve25519], moon: [.ecp256])
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.sun.ikeSAs.map(\.name) == ["guests"])
        #expect(pair.sun.log.contains { $0.contains("ignore candidate 'gateway', whose IKE proposals lack") })
    }

    @Test("the interface IDs are those of the connection that the peer gets, and survive a rekeying of the IKE_SA")
    func interfaceIDs() {
        let pair = pair(strict: [.curve25519, .ecp256], moon: [.ecp256])
        for (name, id) in [("gateway", InterfaceID.unique), ("guests", .value(77))] {
            guard var connection = pair.sun.engine.connections.first(where: { $0.name == name }) else { continue }
            connection.interfaceIDIn = id
            connection.interfaceIDOut = id
            pair.sun.load(connection)
        }
        pair.initiate(by: pair.moon)
        pair.settle()
        let before = pair.sun.ikeSAs.map(\.interfaceIDIn)
        #expect(before.count == 1 && before != [0] && before != [77])
        #expect(pair.sun.liveChildren.map(\.interfaceIDIn) == before)
        for host in pair.hosts {
            pair.rekeyIKE(by: host)
            pair.settle()
        }
        #expect(pair.sun.ikeSAs.map(\.interfaceIDIn) == before)
        #expect(pair.sun.ikeSAs.map(\.interfaceIDOut) == before)
    }
}
