import IKECodec
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("MOBIKE (RFC 4555)")
struct MobikeTests {
    private let elsewhere = IPAddress(v4: 0xc000_0215)
    private let third = IPAddress(v4: 0xc000_021f)
    private let inside = IPAddress(v4: 0x0a63_0001)
    private let outside = IPAddress(v4: 0xc633_6401)

    /// moon's own address is its routes' choice.
    private func mobilePair(
        mobike: Bool = true, dpd: Duration = .zero, settings: (inout EngineSettings) -> Void = { _ in }
    ) -> Pair {
        Pair(
            configure: { own, connection in
                connection.localAddresses = [.any]
                if own.name == "sun" { connection.remoteAddresses.append(.any) }
                connection.mobike = mobike
                connection.dpdDelay = dpd
            }, settings: { settings(&$1) })
    }

    private func expectMoved(_ pair: Pair, to address: IPAddress, spi: SPI, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(pair.problems == [], sourceLocation: sourceLocation)
        #expect(pair.moon.ikeSAs.map(\.path.local.address) == [address], sourceLocation: sourceLocation)
        #expect(pair.moon.liveChildren.map(\.spiIn) == [spi], sourceLocation: sourceLocation)
        for host in pair.hosts {
            #expect(pair.ping(from: host) == .delivered, sourceLocation: sourceLocation)
            #expect(host.childrenDown == 0 && host.ikeDown == 0, sourceLocation: sourceLocation)
        }
    }

    // moon                                                          sun
    // HDR, SK { N(UPDATE_SA_ADDRESSES), N(NATD…)…, N(NO_ADD…) }  →
    //                                                            ←  HDR, SK { N(NATD…)… }
    //                                                            ←  HDR, SK { N(COOKIE2) }
    // HDR, SK { N(COOKIE2) }                                     →
    @Test("the initiator gets another address, and both kernels follow", arguments: Disturbance.each(of: 4))
    func newAddress(_ disturbance: Disturbance) {
        let pair = mobilePair()
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        disturbance.apply(to: pair)
        pair.moon.move(to: [elsewhere])
        pair.settle()
        expectMoved(pair, to: elsewhere, spi: spi)
        #expect(pair.sun.ikeSAs.map(\.path.remote.address) == [elsewhere])
        if disturbance.kind == nil { #expect(pair.network.transmittedSinceReset == 4) }
    }

    @Test("many changes in a short time are one move")
    func debounce() {
        let pair = mobilePair()
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        for address in [third, inside, elsewhere] {
            pair.moon.move(to: [address])
            pair.moon.kernelEvent(.routeChanged)
            pair.advance(by: .milliseconds(100))
        }
        #expect(pair.network.transmittedSinceReset == 0)
        pair.settle()
        expectMoved(pair, to: elsewhere, spi: spi)
        #expect(pair.network.transmittedSinceReset == 4)
    }

    @Test("a change that never ends is acted upon after a second")
    func debounceLimit() {
        let pair = mobilePair()
        pair.establish()
        pair.moon.move(to: [elsewhere])
        for _ in 0..<11 {
            pair.moon.kernelEvent(.routeChanged)
            pair.advance(by: .milliseconds(100))
        }
        #expect(pair.network.transmittedSinceReset > 0)
    }

    @Test("a further address is told, and nothing moves", arguments: Disturbance.each(of: 2))
    func furtherAddress(_ disturbance: Disturbance) {
        let pair = mobilePair()
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        disturbance.apply(to: pair)
        pair.moon.move(to: [pair.moon.address, elsewhere])
        pair.settle()
        expectMoved(pair, to: SampleHost.moon.address, spi: spi)
        #expect(pair.moon.log.contains { $0.contains("sending address list update using MOBIKE") })
        pair.moon.forgetRecords()
        pair.moon.kernelEvent(.addressChanged)
        pair.settle()
        #expect(pair.moon.count(.infoOutReq) == 0)
    }

    @Test("the responder moves: the initiator learns it from its list and follows", arguments: Disturbance.each(of: 6))
    func responderMoves(_ disturbance: Disturbance) {
        let pair = mobilePair()
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        disturbance.apply(to: pair)
        pair.sun.move(to: [elsewhere])
        pair.settle()
        expectMoved(pair, to: SampleHost.moon.address, spi: spi)
        #expect(pair.moon.ikeSAs.map(\.path.remote.address) == [elsewhere])
    }

    @Test("both sides move at the same time, one known to the other by a further address")
    func bothMove() {
        let pair = mobilePair()
        pair.sun.move(to: [pair.sun.address, third])
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        pair.moon.move(to: [elsewhere])
        pair.sun.move(to: [third])
        pair.settle()
        expectMoved(pair, to: elsewhere, spi: spi)
        #expect(pair.sun.ikeSAs.map(\.path.local.address) == [third])
    }

    @Test("a path that fails out of sight is left for another that works", arguments: [true, false])
    func probing(ownAddress: Bool) {
        let pair = mobilePair(dpd: .seconds(30))
        let host = ownAddress ? pair.moon : pair.sun
        let lost = host.address
        host.move(to: [lost, elsewhere])
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        pair.network.holds = { $0.source.address == lost || $0.destination.address == lost }
        pair.advance(by: .seconds(120))
        pair.network.dropHeld()
        pair.advance(by: .seconds(60))
        expectMoved(pair, to: ownAddress ? elsewhere : SampleHost.moon.address, spi: spi)
        #expect(pair.moon.ikeSAs.map(\.path.remote.address) == [ownAddress ? SampleHost.sun.address : elsewhere])
    }

    @Test("without any route the move waits for one")
    func deferred() {
        let pair = mobilePair()
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        pair.moon.move(to: [])
        pair.advance(by: .seconds(60))
        #expect(pair.moon.log.contains { $0.contains("MOBIKE update deferred") })
        #expect(pair.network.transmittedSinceReset == 0)
        pair.moon.move(to: [elsewhere])
        pair.settle()
        expectMoved(pair, to: elsewhere, spi: spi)
    }

    @Test("a route that goes elsewhere moves the SAs although the address stays")
    func routeChange() {
        let pair = mobilePair()
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        let old = pair.moon.address
        pair.moon.move(to: [old, elsewhere])
        pair.settle()
        pair.moon.kernel.routes = { source, _ in source != old }
        pair.moon.kernelEvent(.routeChanged)
        pair.settle()
        expectMoved(pair, to: elsewhere, spi: spi)
    }

    @Test("a better path is taken where prefer_best_path says so", arguments: [false, true])
    func bestPath(isPreferred: Bool) {
        let pair = mobilePair(settings: { $0.preferBestPath = isPreferred })
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        let old = pair.moon.address
        pair.moon.move(to: [elsewhere, old])
        pair.settle()
        expectMoved(pair, to: isPreferred ? elsewhere : old, spi: spi)
    }

    @Test("check_current_path asks the peer although nothing seems to have changed")
    func checkCurrentPath() {
        let pair = mobilePair(settings: { $0.checkCurrentPath = true })
        pair.establish()
        pair.moon.kernelEvent(.routeChanged)
        pair.settle()
        #expect(pair.moon.count(.infoOutReq) == 1)
        #expect(pair.problems == [])
    }

    // MARK: Translators

    @Test("behind a translator and back: encapsulation and keepalives come and go", arguments: Disturbance.each(of: 4))
    func translator(_ disturbance: Disturbance) {
        let pair = mobilePair()
        pair.network.translators = [AddressTranslator(inside: [inside], outer: outside)]
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        disturbance.apply(to: pair)
        pair.moon.move(to: [inside])
        pair.advance(by: .seconds(60))
        #expect(pair.moon.ikeSAs.map(\.path.local.address) == [inside])
        #expect(pair.sun.ikeSAs.map(\.path.remote.address) == [outside])
        for host in pair.hosts {
            #expect(host.liveChildren.map(\.isEncapsulated) == [true])
            #expect(host.kernel.states.values.allSatisfy { $0.parameters.encapsulation != nil })
        }
        #expect(pair.network.trace.contains { $0.contains("keep alive") })
        pair.moon.move(to: [elsewhere])
        pair.advance(by: .seconds(60))
        pair.network.clearTrace()
        pair.settle()
        expectMoved(pair, to: elsewhere, spi: spi)
        for host in pair.hosts { #expect(host.kernel.states.values.allSatisfy { $0.parameters.encapsulation == nil }) }
        #expect(!pair.network.trace.contains { $0.contains("keep alive") })
    }

    @Test("a translator that forgets its mapping is noticed by the liveness check")
    func mappingChange() {
        let pair = mobilePair(dpd: .seconds(30))
        let translator = AddressTranslator(inside: [inside], outer: outside)
        pair.network.translators = [translator]
        pair.moon.move(to: [inside])
        pair.establish()
        let before = pair.sun.ikeSAs.map(\.path.remote.port)
        translator.forget()
        pair.advance(by: .seconds(100))
        let after = pair.sun.ikeSAs.map(\.path.remote.port)
        #expect(after != before && after.count == 1)
        #expect(pair.sun.kernel.states.values.contains { $0.parameters.encapsulation?.destinationPort == after.first })
        #expect(pair.moon.liveChildren.count == 1)
    }

    // MARK: Refusals

    @Test("a path that the peer refuses is left for the next", arguments: Disturbance.each(of: 4))
    func unacceptable(_ disturbance: Disturbance) {
        let pair = mobilePair()
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        disturbance.apply(to: pair)
        // sun cannot send to what it takes for its own.
        pair.sun.kernel.move(to: [pair.sun.address, third])
        pair.moon.move(to: [third, elsewhere])
        pair.settle()
        expectMoved(pair, to: elsewhere, spi: spi)
        #expect(pair.moon.log.contains { $0.contains("UNACCEPTABLE_ADDRESSES") })
    }

    @Test("without MOBIKE, a new IKE_SA takes the place of the old one")
    func withoutMobike() {
        let pair = Pair { own, connection in
            connection.mobike = false
            if own.name == "moon" { connection.localAddresses = [.any] } else { connection.remoteAddresses = [.any] }
        }
        pair.establish()
        pair.moon.move(to: [elsewhere])
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.map(\.path.local.address) == [elsewhere])
        #expect(pair.moon.liveChildren.count == 1)
    }

    @Test("without MOBIKE, an address that the configuration names is waited for")
    func configuredAddress() {
        let pair = Pair { $1.mobike = false }
        pair.establish()
        let spi = pair.moon.liveChildren[0].spiIn
        let own = pair.moon.address
        pair.moon.move(to: [])
        pair.advance(by: .seconds(5))
        pair.moon.move(to: [own])
        pair.settle()
        expectMoved(pair, to: own, spi: spi)
        #expect(pair.network.transmittedSinceReset == 0)
    }

    // MARK: While something else goes on

    @Test("a move in the middle of a rekeying", arguments: Disturbance.each(of: 8), [true, false])
    func whileRekeying(_ disturbance: Disturbance, ofIKE: Bool) {
        let pair = mobilePair()
        pair.establish()
        disturbance.apply(to: pair)
        if ofIKE { pair.rekeyIKE(by: pair.moon) } else { pair.rekeyChild(by: pair.moon) }
        pair.moon.move(to: [elsewhere])
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.map(\.path.local.address) == [elsewhere])
        #expect(pair.moon.liveChildren.count == 1)
        for host in pair.hosts { #expect(pair.ping(from: host) == .delivered) }
    }

    @Test("a move while the peer rekeys", arguments: Disturbance.each(of: 8), [true, false])
    func whilePeerRekeys(_ disturbance: Disturbance, ofIKE: Bool) {
        let pair = mobilePair()
        pair.establish()
        disturbance.apply(to: pair)
        if ofIKE { pair.rekeyIKE(by: pair.sun) } else { pair.rekeyChild(by: pair.sun) }
        pair.moon.move(to: [elsewhere])
        pair.settle()
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.map(\.path.local.address) == [elsewhere])
        #expect(pair.moon.liveChildren.count == 1)
        for host in pair.hosts { #expect(pair.ping(from: host) == .delivered) }
    }
}
