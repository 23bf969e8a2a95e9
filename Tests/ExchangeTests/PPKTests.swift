import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("Post-quantum pre-shared keys")
struct PPKTests {
    /// What one side has.
    enum Side: CaseIterable, Sendable {
        case nothing
        /// A PPK that is another under the same name.
        case other
        /// A PPK under another name than the peer's.
        case stranger
        case optional
        case required

        var hasKey: Bool { self == .optional || self == .required }
    }

    static let id = Identification(email: "ppk@example.org")

    private func pair(_ moon: Side, _ sun: Side) -> Pair {
        let pair = Pair { own, connection in
            let side = own.name == "moon" ? moon : sun
            if side != .nothing { connection.ppkID = side == .stranger ? Identification(fqdn: "else") : Self.id }
            connection.ppkRequired = side == .required
        }
        for (host, side) in [(pair.moon, moon), (pair.sun, sun)] {
            switch side {
            case .nothing: break
            case .other: host.credentials.setPPK("another secret", id: Self.id)
            case .stranger: host.credentials.setPPK("a secret", id: Identification(fqdn: "else"))
            case .optional, .required: host.credentials.setPPK("a secret", id: Self.id)
            }
        }
        return pair
    }

    // HDR, SAi1, KEi, Ni, N(USE_PPK)                                →
    //                                                               ←  HDR, SAr1, KEr, Nr, N(USE_PPK)
    // HDR, SK { IDi, AUTH, N(PPK_IDENTITY), N(NO_PPK_AUTH), … }     →
    //                                                               ←  HDR, SK { IDr, AUTH, N(PPK_IDENTITY), … }
    @Test("both have it: it is used, whoever requires it", arguments: [Side.optional, .required], [Side.optional, .required])
    func both(_ moon: Side, _ sun: Side) {
        let pair = pair(moon, sun)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        for host in pair.hosts { #expect(host.ikeSAs.map(\.usesPPK) == [true]) }
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.ping(from: pair.sun) == .delivered)
        #expect(pair.problems == [])
    }

    @Test("one side lacks it and the other does not insist: it is left out", arguments: [
        (Side.optional, Side.nothing), (.nothing, .optional), (.optional, .stranger), (.stranger, .optional),
        (.nothing, .nothing),
    ])
    func without(_ moon: Side, _ sun: Side) {
        let pair = pair(moon, sun)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        for host in pair.hosts { #expect(host.ikeSAs.map(\.usesPPK) == [false]) }
        #expect(pair.ping(from: pair.moon) == .delivered)
        #expect(pair.problems == [])
    }

    @Test("one side insists and the other cannot: nothing comes up, nothing is left", arguments: [
        (Side.required, Side.nothing), (.nothing, .required), (.required, .stranger), (.stranger, .required),
        (.required, .other), (.other, .required), (.optional, .other),
    ])
    func refused(_ moon: Side, _ sun: Side) {
        let pair = pair(moon, sun)
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.ikeSAs.isEmpty && pair.sun.ikeSAs.isEmpty)
        #expect(pair.moon.outcomes.values.allSatisfy { $0.count == 1 && $0 != [.done] })
        #expect(pair.problems == [])
    }

    @Test("a connection that requires a PPK and names none, or one that is not loaded, does not begin")
    func notLoaded() {
        let pair = Pair { _, connection in
            connection.ppkRequired = true
            connection.ppkID = Self.id
        }
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.network.transmitted == 0)
        #expect(pair.moon.alerts("local-auth-failed") == 1)
        #expect(pair.problems == [])
    }

    @Test("each message lost, late or twice changes nothing", arguments: Disturbance.each(of: 4))
    func disturbed(_ disturbance: Disturbance) {
        let pair = pair(.optional, .required)
        disturbance.apply(to: pair)
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) == .done)
        #expect(pair.problems == [])
    }

    @Test("rekeyed IKE_SAs go on saying that they use it")
    func rekey() {
        let pair = pair(.optional, .optional)
        pair.establish()
        pair.rekeyIKE(by: pair.sun)
        pair.settle()
        for host in pair.hosts { #expect(host.ikeSAs.map(\.usesPPK) == [true]) }
        #expect(pair.problems == [])
    }
}
