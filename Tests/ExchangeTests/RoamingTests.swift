import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

/// An initiator that wanders between networks, translators among them, while a responder's further address comes and
/// goes, packets are lost and both sides rekey: in the end both agree where everybody is, and nothing was set up anew.
@Suite("Roaming by seed")
struct RoamingTests {
    static let seeds: [UInt64] = Array(1...150)

    private static let home = SampleHost.moon.address
    private static let elsewhere = IPAddress(v4: 0xc000_0215)
    private static let inside = IPAddress(v4: 0x0a63_0001)
    private static let outside = IPAddress(v4: 0xc633_6401)
    private static let second = IPAddress(v4: 0xc000_021f)

    @Test("wherever the initiator has been, the SAs are where it is", arguments: seeds)
    func wander(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let prefersBest = generator.next() % 2 == 0
        let pair = Pair(
            seed: seed,
            configure: { own, connection in
                connection.localAddresses = [.any]
                if own.name == "sun" { connection.remoteAddresses = [.any] }
                if own.name == "moon" { connection.dpdDelay = .seconds(20) }
            },
            settings: { _, settings in
                settings.preferBestPath = prefersBest
                // Nobody is given up during a walk.
                settings.retransmitTries = 100
                settings.retransmitLimit = .seconds(10)
            })
        pair.network.translators = [AddressTranslator(inside: [Self.inside], outer: Self.outside)]
        pair.establish()
        pair.network.link.loss = [0, 20][Int(generator.next() % 2)]
        for _ in 0..<(4 + generator.next() % 12) {
            step(pair, &generator)
            pair.advance(by: generator.duration(upTo: [.milliseconds(50), .seconds(1), .seconds(60)][Int(generator.next() % 3)]))
        }
        pair.network.link = .perfect
        if pair.moon.kernel.addresses.isEmpty { pair.moon.move(to: [Self.elsewhere]) }
        // A delete whose answer was lost is given up by then.
        pair.advance(by: .seconds(1100))
        for _ in 0..<20 where !pair.problems.isEmpty { pair.advance(by: .seconds(7)) }
        check(pair)
    }

    private func step(_ pair: Pair, _ generator: inout SeededGenerator) {
        let places: [[IPAddress]] = [
            [], [Self.home], [Self.elsewhere], [Self.inside], [Self.home, Self.inside], [Self.elsewhere, Self.home],
        ]
        switch generator.next() % 10 {
        case 0...5: pair.moon.move(to: places[Int(generator.next() % UInt64(places.count))])
        case 6: pair.sun.move(to: [SampleHost.sun.address])
        case 7: pair.sun.move(to: [SampleHost.sun.address, Self.second])
        case 8: pair.rekeyChild(by: generator.next() % 2 == 0 ? pair.moon : pair.sun)
        default: pair.rekeyIKE(by: generator.next() % 2 == 0 ? pair.moon : pair.sun)
        }
    }

    private func check(_ pair: Pair) {
        #expect(pair.problems == [])
        let local = pair.moon.ikeSAs.map(\.path.local.address)
        #expect(local.count == 1 && pair.moon.kernel.isLocal(local[0]))
        #expect(pair.sun.ikeSAs.map(\.path.remote.address) == local.map { $0 == Self.inside ? Self.outside : $0 })
        for host in pair.hosts {
            // Packets of this network pass no translator.
            if local != [Self.inside] { #expect(pair.ping(from: host) == .delivered) }
            #expect(host.liveChildren.map(\.isEncapsulated) == [local == [Self.inside]])
            #expect(host.childrenDown == 0 && host.ikeDown == 0)
        }
    }
}
