import IKECodec
import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Setting up an IKE_SA with its first CHILD_SA")
struct SetUpTests {
    // initiator                                    responder
    // HDR, SAi1, KEi, Ni                       →
    //                                          ←   HDR, SAr1, KEr, Nr
    // HDR, SK { IDi, IDr, AUTH, SA, TSi, TSr } →
    //                                          ←   HDR, SK { IDr, AUTH, SA, TSi, TSr }
    @Test("two messages each way bring up an IKE_SA and a CHILD_SA with pre-shared keys")
    func preSharedKey() {
        let pair = Pair()
        let command = pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.network.transmitted == 4)
        #expect(pair.moon.ikeSAs.map(\.state) == ["ESTABLISHED"])
        #expect(pair.moon.ikeSAs.map(\.isInitiator) == [true])
        #expect(pair.sun.ikeSAs.map(\.isInitiator) == [false])
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
        #expect(pair.problems == [])
    }

    @Test("one message lost, late or twice changes nothing", arguments: Disturbance.each(of: 4))
    func disturbed(_ disturbance: Disturbance) {
        let pair = Pair()
        disturbance.apply(to: pair)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.sun.count(.ikeAuthInReq) == 1)
    }

    @Test("a second CHILD_SA comes up in the same IKE_SA", arguments: Disturbance.each(of: 2))
    func secondChild(_ disturbance: Disturbance) {
        let pair = Pair(configure: addChild)
        pair.establish()
        disturbance.apply(to: pair)
        let command = pair.initiate("more", by: pair.sun)
        pair.settle()
        #expect(pair.sun.outcome(of: command) == .done)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(Set(pair.moon.liveChildren.map(\.name)) == ["net", "more"])
    }

    @Test("initiating what is up already does nothing and succeeds")
    func duplicateChild() {
        let pair = Pair()
        pair.establish()
        let command = pair.initiate(by: pair.moon)
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.network.flight.isEmpty)
        #expect(pair.moon.liveChildren.count == 1)
    }

    // HDR, SAi1, KEi (wrong group), Ni  →
    //                                   ←  HDR, N(INVALID_KE_PAYLOAD)
    // HDR, SAi1, KEi (wanted group), Ni →
    @Test("the responder's group is taken when the first guess was wrong", arguments: Disturbance.each(of: 6))
    func invalidKE(_ disturbance: Disturbance) {
        let pair = Pair { own, connection in
            connection.proposals = [Sample.ikeProposal(own.name == "moon" ? [.ecp256, .curve25519] : [.curve25519])]
        }
        disturbance.apply(to: pair)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.moon.ikeSAs.first?.proposal?.keyExchange == .curve25519)
        #expect(pair.problems == [])
    }

    @Test("a demand for a group that was not offered ends the try")
    func invalidKEUnoffered() {
        let pair = Pair { own, connection in
            connection.proposals = [Sample.ikeProposal(own.name == "moon" ? [.ecp256] : [.curve25519])]
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
    }

    // HDR, SAi1, KEi, Ni             →
    //                                ←  HDR, N(COOKIE)
    // HDR, N(COOKIE), SAi1, KEi, Ni  →
    @Test("the initiator returns a cookie, and the responder keeps nothing before", arguments: Disturbance.each(of: 6))
    func cookie(_ disturbance: Disturbance) {
        let pair = Pair(settings: { own, settings in if own.name == "sun" { settings.cookieThresholdIP = 1 } })
        // Somebody at moon's address who never goes on makes sun ask for cookies.
        pair.network.holds = { $0.sender == "moon" }
        pair.initiate(by: pair.moon)
        pair.network.holds = nil
        let first = pair.network.held[0]
        pair.network.inject(
            [UInt8](repeating: 7, count: 8) + first.bytes.dropFirst(8), from: first.source, to: first.destination)
        pair.runUntilQuiet()
        #expect(pair.sun.engine.halfOpenCount == 1)
        disturbance.apply(to: pair)
        pair.network.release()
        pair.network.deliverNext()
        #expect(pair.sun.engine.halfOpenCount == 1)
        pair.settle()
        #expect(pair.moon.outcomes.values.map { $0 } == [[.done]])
        #expect(pair.problems == [])
    }

    @Test("nothing is left when no proposal fits")
    func noProposal() {
        let pair = Pair { own, connection in
            if own.name == "sun" {
                connection.proposals = [
                    Proposal(
                        protocolID: .ike,
                        transforms: [.encryption(.aesGCM16, 256), .prf(.hmacSHA384), .keyExchange(.ecp384)])
                ]
            }
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.moon.alerts("proposal-mismatch-ike") == 1)
        #expect(pair.sun.alerts("proposal-mismatch-ike") == 1)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
    }

    @Test("the IKE_SA stays without its CHILD_SA when no ESP proposal fits")
    func noChildProposal() {
        let pair = Pair { own, connection in
            guard own.name == "sun" else { return }
            connection.children[0].proposals = [
                Proposal(
                    protocolID: .esp,
                    transforms: [.encryption(.aesCBC, 256), .integrity(.hmacSHA256_128), .extendedSequenceNumbers(.no)])
            ]
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.children.isEmpty)
    }

    @Test("different keys: nobody is let in and nothing is left", arguments: ["moon", "sun"])
    func wrongKey(initiator: String) {
        let pair = Pair()
        pair.sun.credentials.setKey("another", local: SampleHost.sun.identity, remote: SampleHost.moon.identity)
        let host = initiator == "moon" ? pair.moon : pair.sun
        let command = pair.initiate(by: host)
        pair.settle()
        #expect(isFailure(host.outcome(of: command)))
        #expect(pair.other(host).alerts("peer-auth-failed") == 1)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
    }

    // HDR, SK { IDi, AUTH, … }  →
    //                              (lost)  ←  HDR, SK { N(AUTHENTICATION_FAILED) }
    @Test("a peer that did not hear that it is refused hears it again")
    func lostRefusal() {
        let pair = Pair()
        pair.sun.credentials.setKey("another", local: SampleHost.sun.identity, remote: SampleHost.moon.identity)
        pair.network.resetFaults([3: .drop])
        let command = pair.initiate(by: pair.moon)
        pair.advance(by: .seconds(5))
        #expect(pair.moon.outcome(of: command) == .failed("received AUTHENTICATION_FAILED notify error").ofOne)
        pair.settle()
        #expect(pair.problems == [])
    }

    @Test("a first message that the network has kept back makes nothing half open")
    func oldFirstMessage() {
        let pair = Pair()
        var copy: Packet?
        pair.network.holds = { if copy == nil { copy = $0 }; return false }
        pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        pair.network.holds = nil
        guard let copy else { return }
        for delay in [1, 100, 1000] {
            pair.advance(by: .seconds(delay))
            let before = pair.network.transmitted
            pair.network.inject(copy.bytes, from: copy.source, to: copy.destination)
            pair.runUntilQuiet()
            #expect(pair.sun.engine.halfOpenCount == 0 && pair.sun.ikeSAs.count == 1)
            #expect(pair.network.transmitted == before)
        }
        // Another first message under the same SPI is another peer's.
        var other = copy.bytes
        other[other.count - 1] ^= 1
        pair.network.inject(other, from: copy.source, to: copy.destination)
        pair.runUntilQuiet()
        #expect(pair.sun.engine.halfOpenCount == 1)
    }

    @Test("a connection is found behind any number of others with other proposals")
    func manyConnections() {
        let pair = Pair(configure: { own, connection in
            if own.name == "sun" { connection.remoteAddresses = [.any] }
        })
        pair.sun.restart { (connections: inout [PeerConfig]) in
            let others = (0..<200).map { number in
                var other = Sample.connection(.sun, to: .moon)
                other.name = "other\(number)"
                other.remoteAddresses = [.any]
                other.remote[0].identity = .identity(Identification(fqdn: "mars\(number).example"))
                other.proposals = [Sample.ikeProposal([[.ecp256, .ecp384, .modp2048][number % 3]])]
                return other
            }
            connections = others + connections
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
    }

    @Test("an identity that no connection wants is refused")
    func unknownIdentity() {
        let pair = Pair { own, connection in
            if own.name == "sun" { connection.remote[0].identity = .identity(Identification(fqdn: "mars.example")) }
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
    }

    @Test("a wider offer is narrowed to what both want")
    func narrowing() {
        let wide = TrafficSelector(network: IPAddress(v4: 0x0a00_0000), prefix: 8)
        let pair = Pair { own, connection in
            if own.name == "moon" { connection.children[0].remoteSelectors = [.fixed(wide)] }
        }
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.liveChildren.map(\.remoteSelectors) == [[SampleHost.sun.network]])
        #expect(pair.sun.liveChildren.map(\.localSelectors) == [[SampleHost.sun.network]])
        #expect(pair.problems == [])
    }

    @Test("selectors without anything in common keep the IKE_SA only")
    func selectorsUnacceptable() {
        let elsewhere = TrafficSelector(network: IPAddress(v4: 0xac10_0000), prefix: 16)
        let pair = Pair { own, connection in
            if own.name == "moon" { connection.children[0].remoteSelectors = [.fixed(elsewhere)] }
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.sun.alerts("ts-mismatch") == 1)
        #expect(pair.problems == [])
        #expect(pair.moon.ikeSAs.count == 1)
        #expect(pair.moon.children.isEmpty && pair.sun.children.isEmpty)
    }

    @Test("a responder forgets a peer that does not go on")
    func halfOpenTimeout() {
        let pair = Pair()
        pair.network.holds = { $0.sender == "moon" && $0.header?.exchange == .ikeAuth }
        pair.initiate(by: pair.moon)
        pair.runUntilQuiet()
        #expect(pair.sun.engine.halfOpenCount == 1)
        pair.advance(by: .seconds(31))
        #expect(pair.sun.engine.halfOpenCount == 0)
        #expect(pair.sun.ikeSAs.isEmpty)
        #expect(pair.sun.alerts("half-open-timeout") == 1)
    }

    @Test("a peer that never answers is given up after the last retransmission")
    func unreachable() {
        let pair = Pair()
        pair.network.link.loss = 100
        let command = pair.initiate(by: pair.moon)
        pair.advance(by: .seconds(160))
        #expect(pair.moon.outcome(of: command) == nil)
        #expect(pair.network.transmitted == 6)
        pair.advance(by: .seconds(10))
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.moon.ikeSAs.isEmpty)
        #expect(pair.problems == [])
    }

    @Test("keyingtries: as many tries as configured, and the command waits for the last", arguments: [1, 3])
    func keyingTries(_ tries: Int) {
        let pair = Pair(configure: { $1.keyingTries = tries })
        pair.network.link.loss = 100
        let command = pair.initiate(by: pair.moon)
        pair.advance(by: .seconds(170 * tries + 10))
        #expect(isFailure(pair.moon.outcome(of: command)))
        #expect(pair.network.transmitted == 6 * tries)
        #expect(pair.problems == [])
    }

    @Test("a try that succeeds later completes the command of the first")
    func keyingTriesSucceed() {
        let pair = Pair(configure: { $1.keyingTries = 0 })
        pair.network.link.loss = 100
        let command = pair.initiate(by: pair.moon)
        pair.advance(by: .seconds(400))
        pair.network.link.loss = 0
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.moon.liveChildren.count == 1)
        #expect(pair.problems == [])
    }

    private func addChild(_ own: SampleHost, _ connection: inout PeerConfig) {
        let peer = own.name == "moon" ? SampleHost.sun : .moon
        var child = Sample.child("more", own, peer)
        child.localSelectors = [.fixed(TrafficSelector(host: own.address))]
        child.remoteSelectors = [.fixed(TrafficSelector(host: peer.address))]
        connection.children.append(child)
    }
}

func isFailure(_ outcome: CommandOutcome?) -> Bool {
    if case .failure? = outcome { true } else { false }
}
