import CryptoInterface
import IKECodec
@testable import IKEEngine
import IKESA
@testable import IKEv2
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Translators, moving peers and large messages")
struct PathTests {
    @Test("behind a translator both sides find it, move to port 4500 and encapsulate", arguments: Disturbance.each(of: 4))
    func translator(_ disturbance: Disturbance) {
        let (pair, _) = translated()
        disturbance.apply(to: pair)
        let command = pair.initiate(by: pair.moon)
        pair.advance(by: .seconds(60))
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.moon.ikeSAs.map(\.natLocal) == [true])
        #expect(pair.sun.ikeSAs.map(\.natRemote) == [true])
        #expect(pair.sun.ikeSAs[0].path.remote.address == Self.outer)
        #expect(pair.moon.ikeSAs[0].path.local.port == 4500)
        for host in pair.hosts {
            #expect(host.kernel.states.values.allSatisfy { $0.parameters.encapsulation != nil })
        }
        #expect(Consistency.problems(of: pair.moon) + Consistency.problems(of: pair.sun) == [])
    }

    @Test("keepalives keep the mapping open, from the side behind the translator only")
    func keepAlive() {
        let (pair, _) = translated()
        pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        var senders: [String] = []
        pair.network.holds = { if $0.isKeepAlive { senders.append($0.sender) }; return false }
        pair.advance(by: .seconds(100))
        #expect(senders.count >= 4)
        #expect(Set(senders) == ["moon"])
    }

    @Test("after a sleep the peer is asked for a sign of life instead of being sent a keepalive")
    func keepAliveAfterSleep() {
        let (pair, _) = translated()
        pair.moon.settings.keepAliveDPDMargin = .seconds(5)
        pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        var sent: [Bool] = []
        pair.network.holds = { sent.append($0.isKeepAlive); return false }
        pair.advance(by: .seconds(50))
        #expect(!sent.isEmpty && sent.allSatisfy { $0 })
        // Asleep, no timer fires: the deadline comes late.
        pair.moon.settings.keepAlive = .seconds(60)
        pair.advance(by: .seconds(20))
        sent = []
        pair.moon.settings.keepAlive = .seconds(1)
        pair.advance(by: .seconds(59))
        #expect(sent.first == false)
        #expect(pair.problems == [])
    }

    @Test("a new mapping is followed when the peer speaks, and the SAs move along", arguments: [true, false])
    func mappingChange(byKernel: Bool) {
        let (pair, box) = translated(mobike: false)
        pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        let before = pair.sun.ikeSAs[0].path.remote
        box.forget()
        if byKernel {
            let inbound = pair.sun.kernel.states.values.first { $0.parameters.isInbound }
            guard let identifier = inbound?.parameters.identifier else { return }
            pair.sun.kernelEvent(.mapping(identifier, reqid: 1, remote: Endpoint(Self.outer, 50000)))
            #expect(pair.sun.ikeSAs[0].path.remote.port == 50000)
        } else {
            pair.rekeyChild(by: pair.moon)
            pair.advance(by: .seconds(60))
            #expect(pair.sun.ikeSAs[0].path.remote != before)
        }
        let port = pair.sun.ikeSAs[0].path.remote.port
        #expect(pair.sun.kernel.states.values.allSatisfy {
            $0.parameters.encapsulation?.sourcePort == port || $0.parameters.encapsulation?.destinationPort == port
        })
        #expect(pair.sun.liveChildren.count == 1)
        #expect(Consistency.problems(of: pair.sun) == [])
    }

    @Test("a copy from elsewhere moves nobody who is not behind a translator")
    func noMoveWithoutTranslator() {
        let pair = Pair(configure: { $1.mobike = false })
        pair.establish()
        let path = pair.sun.ikeSAs[0].path
        pair.network.holds = { $0.sender == "moon" }
        pair.rekeyChild(by: pair.moon)
        let request = pair.network.held[0]
        pair.network.holds = nil
        pair.network.inject(request.bytes, from: Endpoint(Self.outer, 4500), to: request.destination)
        pair.runUntilQuiet()
        #expect(pair.sun.ikeSAs[0].path == path)
    }

    // HDR, SK { N(UPDATE_SA_ADDRESSES), N(NATD_S_IP), N(NATD_D_IP) }  →  from the new address
    //                                                                 ←  HDR, SK { N(NATD_S_IP), N(NATD_D_IP) }
    @Test("UPDATE_SA_ADDRESSES moves the IKE_SA and its CHILD_SAs (RFC 4555 §3.5)")
    func mobikeUpdate() {
        let pair = Pair()
        pair.establish()
        guard let sa = pair.moon.engine.table.all.first, let keys = sa.keys else { return }
        let new = Endpoint(Self.outer, 4500)
        // sun asks at the new address whether moon is there.
        pair.moon.kernel.move(to: [pair.moon.address, Self.outer])
        var message = PayloadWriter()
        message.add(.updateSAAddresses)
        sa.natDetection.write(&message, path: Path(local: new, remote: sa.path.remote), fake: false)
        var counter: UInt64 = 1000
        let header = IKEHeader(
            initiatorSPI: sa.initiatorSPI, responderSPI: sa.responderSPI, exchange: .informational,
            flags: .initiator, messageID: sa.requests.nextID)
        let sealed = try? MessageSealer(crypto: pair.moon.crypto, keys: keys)
            .seal(header, message, fragmentSize: nil, ivCounter: &counter)
        for datagram in sealed ?? [] { pair.network.inject(datagram, from: new, to: sa.path.remote) }
        pair.runUntilQuiet()
        #expect(pair.sun.ikeSAs[0].path.remote == new)
        let identifiers = pair.sun.kernel.states.values.map(\.parameters.identifier)
        #expect(identifiers.allSatisfy { $0.source == new.address || $0.destination == new.address })
        #expect(pair.sun.liveChildren.count == 1)
        #expect(Consistency.problems(of: pair.sun) == [])
        #expect(pair.sun.events.contains { if case .ikeUpdated = $0 { true } else { false } })
    }

    @Test("with MOBIKE, other requests from elsewhere move nobody (RFC 4555 §3.8)")
    func mobikeOnly() {
        let pair = Pair()
        pair.establish()
        let path = pair.sun.ikeSAs[0].path
        pair.network.holds = { $0.sender == "moon" }
        pair.rekeyChild(by: pair.moon)
        let request = pair.network.held[0]
        pair.network.holds = nil
        pair.network.inject(request.bytes, from: Endpoint(Self.outer, 4500), to: request.destination)
        pair.runUntilQuiet()
        #expect(pair.sun.ikeSAs[0].path == path)
    }

    // HDR, SKF { 1/n }, SKF { 2/n } …  →
    //                                  ←  HDR, SKF { 1/n } …
    @Test("large messages travel in fragments, each lost, late or twice (RFC 7383)", arguments: Disturbance.each(of: 12))
    func fragments(_ disturbance: Disturbance) {
        let pair = Pair(settings: { $1.fragmentSizeV4 = 200 })
        disturbance.apply(to: pair)
        var fragments = 0
        pair.network.holds = { if $0.header?.nextPayload == .encryptedFragment { fragments += 1 }; return false }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(fragments >= 4)
        #expect(pair.problems == [])
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.sun.count(.ikeAuthInReq) == 1)
    }

    @Test("a peer that does not announce fragmentation gets none")
    func noFragments() {
        let pair = Pair(
            configure: { if $0.name == "sun" { $1.fragmentation = .no } }, settings: { $1.fragmentSizeV4 = 200 })
        var fragments = 0
        pair.network.holds = { if $0.header?.nextPayload == .encryptedFragment { fragments += 1 }; return false }
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(fragments == 0)
        #expect(pair.problems == [])
    }

    private static let outer = IPAddress(v4: 0xcb00_7101)

    /// moon behind a translator.
    private func translated(mobike: Bool = true) -> (Pair, AddressTranslator) {
        let pair = Pair { own, connection in
            connection.mobike = mobike
            if own.name == "sun" { connection.remoteAddresses = [.any] }
        }
        let box = AddressTranslator(inside: [pair.moon.address], outer: Self.outer)
        pair.network.translators = [box]
        return (pair, box)
    }
}
