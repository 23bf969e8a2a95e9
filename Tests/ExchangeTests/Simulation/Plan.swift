import IKESA
import IPsecModel
import SimulatedNetwork

/// The configuration and the network that a seed has chosen.
struct Plan: CustomStringConvertible {
    var link = LinkQuality()
    private var unique: PeerConfig.UniquePolicy
    private var lossAction: ChildConfig.LossAction
    private var mobike: Bool
    private var makesBeforeBreak: Bool
    private var usesPFS: Bool
    private var shortLived: Bool
    private var reauthenticates: Bool
    private var keyingTries: Int
    private var deleteDelay: Duration
    /// moon is behind an address translator, and sun does not know where.
    private(set) var isTranslated: Bool
    private var fragments: Bool
    /// moon takes any of its addresses, and sun expects it anywhere.
    private(set) var moves: Bool
    private var startAction: ChildConfig.StartAction
    private var closeAction: ChildConfig.LossAction
    /// Which exchanges have a second key exchange.
    private var additional: Additional
    private var ppk: SharedPPK
    private var isChildless: Bool
    private var asksForCookies: Bool
    private var hasThird: Bool
    private var isIdle: Bool
    private var isCounted: Bool

    private enum Additional: UInt64 { case none, ofIKE, ofChild, ofBoth }
    private enum SharedPPK: UInt64 { case none, known, required, onlyMoon }

    init(_ generator: inout SeededGenerator) {
        link.loss = [0, 0, 5, 20][Int(generator.next() % 4)]
        link.duplication = [0, 10][Int(generator.next() % 2)]
        link.jitter = [.zero, .milliseconds(30), .seconds(5)][Int(generator.next() % 3)]
        unique = [.no, .never, .replace, .keep][Int(generator.next() % 4)]
        lossAction = [.none, .none, .start, .trap][Int(generator.next() % 4)]
        mobike = generator.next() % 2 == 0
        makesBeforeBreak = generator.next() % 2 == 0
        usesPFS = generator.next() % 2 == 0
        shortLived = generator.next() % 3 == 0
        reauthenticates = generator.next() % 4 == 0
        keyingTries = [1, 1, 3][Int(generator.next() % 3)]
        deleteDelay = [.seconds(5), .zero][Int(generator.next() % 2)]
        isTranslated = generator.next() % 5 == 0
        fragments = generator.next() % 5 == 0
        moves = !isTranslated && generator.next() % 3 == 0
        startAction = [[], [], .trap, .start, [.trap, .start]][Int(generator.next() % 5)]
        closeAction = [.none, .none, .start, .trap][Int(generator.next() % 4)]
        additional = Additional(rawValue: generator.next() % 12) ?? .none
        ppk = SharedPPK(rawValue: generator.next() % 12) ?? .none
        isChildless = generator.next() % 6 == 0
        asksForCookies = generator.next() % 6 == 0
        hasThird = generator.next() % 3 == 0
        isIdle = generator.next() % 6 == 0
        isCounted = generator.next() % 4 == 0
    }

    /// How many packets are sent at a time.
    var packets: Int { isCounted ? 25 : 1 }

    private static let ppkID = Identification(fqdn: "ppk.example")

    func configure(_ own: SampleHost, _ connection: inout PeerConfig) {
        let peer = own.name == "moon" ? SampleHost.sun : .moon
        var host = Sample.child("host", own, peer)
        host.localSelectors = [.fixed(TrafficSelector(host: own.address))]
        host.remoteSelectors = [.fixed(TrafficSelector(host: peer.address))]
        if isTranslated {
            // The hosts themselves have other addresses on each side.
            if own.name == "sun" { connection.remoteAddresses = [.any] }
        }
        connection.children.append(host)
        if moves {
            if own.name == "moon" { connection.localAddresses = [.any] }
            if own.name == "sun" { connection.remoteAddresses = [peer.address, Self.elsewhere].map { .address($0) } }
        }
        if hasThird { connection.children.append(third(own, peer)) }
        if additional == .ofIKE || additional == .ofBoth {
            connection.proposals = [Sample.ikeProposal(additional: [[.ecp256]])]
        }
        if isChildless { connection.childless = .prefer }
        if ppk != .none, ppk != .onlyMoon || own.name == "moon" { connection.ppkID = Self.ppkID }
        connection.ppkRequired = ppk == .required
        connection.unique = unique
        connection.mobike = mobike
        connection.keyingTries = keyingTries
        // Without it, nobody would ever find out that the other side has restarted.
        connection.dpdDelay = .seconds(30)
        if shortLived {
            connection.rekeyTime = .seconds(1500)
            connection.randomTime = .seconds(200)
            connection.overTime = .seconds(300)
        }
        if reauthenticates { connection.reauthTime = .seconds(3000) }
        for index in connection.children.indices {
            if additional == .ofChild || additional == .ofBoth {
                connection.children[index].proposals = [Sample.espProposal([.curve25519], additional: [[.ecp256], [.ecp384]])]
            } else if usesPFS {
                connection.children[index].proposals = [Sample.espProposal([.curve25519])]
            }
            if isIdle { connection.children[index].inactivity = .seconds(300) }
            if isCounted {
                connection.children[index].lifetime.rekeyPackets = 40
                connection.children[index].lifetime.randomPackets = 20
                connection.children[index].lifetime.lifePackets = 60
            }
            connection.children[index].dpdAction = lossAction
            connection.children[index].closeAction = own.name == "moon" ? closeAction : .none
            if own.name == "moon" { connection.children[index].startAction = startAction }
            if shortLived {
                connection.children[index].lifetime.rekeyTime = .seconds(700)
                connection.children[index].lifetime.lifeTime = .seconds(900)
                connection.children[index].lifetime.randomTime = .seconds(100)
            }
        }
    }

    /// The connection as an administrator has changed it: nothing that the peer would have to know.
    func edited(_ own: SampleHost, edition: Int) -> PeerConfig {
        var connection = Sample.connection(own, to: own.name == "moon" ? .sun : .moon)
        configure(own, &connection)
        if edition % 2 == 1 { connection.overTime += .seconds(20) }
        // A child that has changed is started or trapped again, as it says.
        if edition % 4 >= 2 { connection.children[0].lifetime.lifeTime += .seconds(20) }
        return connection
    }

    /// Where moon may be; in the end it is at its first address again.
    static let elsewhere = IPAddress(v4: 0xc000_0215)
    static let places: [[IPAddress]] = [
        [SampleHost.moon.address], [elsewhere], [elsewhere, SampleHost.moon.address], [],
    ]

    private func third(_ own: SampleHost, _ peer: SampleHost) -> ChildConfig {
        var child = Sample.child("third", own, peer)
        func beside(_ host: SampleHost) -> SelectorPattern {
            .fixed(TrafficSelector(network: IPAddress(family: .v4, value: host.network.start.value + 0x100_0000), prefix: 16))
        }
        child.localSelectors = [beside(own)]
        child.remoteSelectors = [beside(peer)]
        return child
    }

    /// Keys that only some plans have.
    func equip(_ pair: Pair) {
        guard ppk != .none else { return }
        pair.moon.credentials.setPPK("a key against quantum computers", id: Self.ppkID)
        if ppk != .onlyMoon { pair.sun.credentials.setPPK("a key against quantum computers", id: Self.ppkID) }
    }

    func configure(_ own: SampleHost, _ settings: inout EngineSettings) {
        settings.makeBeforeBreak = makesBeforeBreak
        settings.deleteRekeyedDelay = deleteDelay
        if fragments { settings.fragmentSizeV4 = 250 }
        if asksForCookies { settings.cookieThreshold = 1 }
    }

    var description: String {
        "loss \(link.loss), duplication \(link.duplication), jitter \(link.jitter), unique \(unique), "
            + "loss action \(lossAction), mobike \(mobike), make before break \(makesBeforeBreak), PFS \(usesPFS), "
            + "short lived \(shortLived), reauthenticates \(reauthenticates), keyingtries \(keyingTries), "
            + "delete delay \(deleteDelay), translated \(isTranslated), fragments \(fragments), "
            + "moves \(moves), start action \(startAction.rawValue), close action \(closeAction), "
            + "additional \(additional), PPK \(ppk), childless \(isChildless), cookies \(asksForCookies), third \(hasThird), "
            + "idle \(isIdle), counted \(isCounted)"
    }
}
