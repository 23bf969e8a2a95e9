import IKESA
import IPsecModel
import Testing

@Suite("Finding the connection for a peer")
struct ConnectionIndexTests {
    static func connection(
        _ name: String, remote: [HostPattern] = [.any], local: [HostPattern] = [.any], identity: String? = nil,
        own: String? = nil, version: PeerConfig.Version = .any
    ) -> PeerConfig {
        var config = PeerConfig(name: name)
        config.remoteAddresses = remote
        config.localAddresses = local
        config.version = version
        config.local[0].identity = own.map { Identification(text: $0) }
        config.remote[0].identity = identity.map { IdentityPattern(text: $0) } ?? .any
        return config
    }

    static let path = Path(local: Endpoint(alice, 500), remote: Endpoint(bob, 500))

    static func names(
        _ connections: [PeerConfig], path: Path = path, resolved: [String: [IPAddress]] = [:], limit: Int = 64
    ) -> [String] {
        ConnectionIndex(connections, resolved: resolved).candidates(for: path, version: .ikev2, limit: limit).map(\.name)
    }

    static func names(
        _ connections: [PeerConfig], remote: String, local: String? = nil, path: Path = path
    ) -> [String] {
        ConnectionIndex(connections).candidates(
            for: path, version: .ikev2, remote: Identification(text: remote), local: local.map { Identification(text: $0) }
        ).map(\.name)
    }

    @Test("with rdn_matching a connection is found by a name in another order")
    func orderOfNames() {
        let connections = [
            Self.connection("reordered", identity: "CN=moon, O=x, C=CH"), Self.connection("part", identity: "CN=moon, C=CH"),
            Self.connection("other", identity: "CN=sun, O=x, C=CH"),
        ]
        func found(_ names: NameMatching) -> [String] {
            ConnectionIndex(connections, names: names).candidates(
                for: Self.path, version: .ikev2, remote: Identification(text: "C=CH, O=x, CN=moon"), local: nil
            ).map(\.name)
        }
        #expect(found(.strict) == [])
        #expect(found(.reordered) == ["reordered"])
        #expect(found(.relaxed) == ["reordered", "part"])
    }

    @Test("the most specific remote address first, whatever the order of the file")
    func specificity() {
        let network = IPAddress(v4: 0xc000_0200)
        let connections = [
            Self.connection("any"), Self.connection("range", remote: [.range(network, IPAddress(v4: 0xc000_02ff))]),
            Self.connection("wide", remote: [.subnet(network, prefix: 8)]),
            Self.connection("narrow", remote: [.subnet(network, prefix: 24)]),
            Self.connection("host", remote: [.address(bob)]), Self.connection("other", remote: [.address(alice)]),
            Self.connection("outside", remote: [.subnet(IPAddress(v4: 0x0a00_0000), prefix: 8)]),
        ]
        #expect(Self.names(connections).filter { $0 != "range" } == ["host", "narrow", "wide", "any"])
        #expect(Self.names(connections.reversed()).filter { $0 != "range" } == ["host", "narrow", "wide", "any"])
    }

    @Test("a range stands between the networks that have more and fewer addresses than it")
    func ranges() {
        func range(_ name: String, _ first: UInt32, _ last: UInt32) -> PeerConfig {
            Self.connection(name, remote: [.range(IPAddress(v4: first), IPAddress(v4: last))])
        }
        let connections = [
            range("half the world", 0x8000_0000, 0xffff_ffff), Self.connection("any"), range("ten", 0xc000_0200, 0xc000_0209),
            Self.connection("/24", remote: [.subnet(IPAddress(v4: 0xc000_0200), prefix: 24)]),
            Self.connection("/29", remote: [.subnet(IPAddress(v4: 0xc000_0200), prefix: 29)]),
            Self.connection("alone", remote: [.range(bob, bob)]), Self.connection("host", remote: [.address(bob)]),
            range("everything", 0, 0xffff_ffff), Self.connection("name", remote: [.name("bob.example.org")]),
        ]
        let names = Self.names(connections, resolved: ["bob.example.org": [bob]])
        #expect(names == ["host", "name", "alone", "/29", "ten", "/24", "half the world", "everything", "any"])
    }

    @Test("equal addresses stay in the order of the file; the local address decides among them")
    func order() {
        let connections = [
            Self.connection("a", remote: [.address(bob)]), Self.connection("b", remote: [.address(bob)]),
            Self.connection("mine", remote: [.address(bob)], local: [.address(alice)]),
            Self.connection("not mine", remote: [.address(bob)], local: [.address(bob)]),
        ]
        #expect(Self.names(connections) == ["mine", "a", "b"])
    }

    @Test("a connection with several addresses is found once, by its best one")
    func several() {
        let many = Self.connection("many", remote: [.any, .subnet(bob, prefix: 24), .address(bob), .address(bob)])
        #expect(Self.names([Self.connection("subnet", remote: [.subnet(bob, prefix: 32)]), many]) == ["many", "subnet"])
    }

    @Test("names fit what they resolve to")
    func resolvedNames() {
        let connections = [Self.connection("any"), Self.connection("named", remote: [.name("bob.example.org")])]
        #expect(Self.names(connections) == ["any"])
        #expect(Self.names(connections, resolved: ["bob.example.org": [alice, bob]]) == ["named", "any"])
        #expect(ConnectionIndex(connections).names == ["bob.example.org"])
    }

    @Test("other versions, other families and shunts are no candidates")
    func unfit() {
        var shunt = Self.connection("shunt")
        shunt.children = [ChildConfig(name: "pass")]
        shunt.children[0].mode = .pass
        let connections = [
            Self.connection("old", version: .ikev1), shunt,
            Self.connection("v6", remote: [.subnet(.any(.v6), prefix: 0)]), Self.connection("new", version: .ikev2),
        ]
        #expect(Self.names(connections) == ["new"])
    }

    @Test("a first message sees the first of each kind, however many there are")
    func kinds() {
        var strong = Self.connection("strong")
        strong.proposals = [Proposal(protocolID: .ike, transforms: [.encryption(.aesGCM16, 256)])]
        var connections = (0..<200).map { Self.connection("c\($0)", identity: "c\($0).example.org") } + [strong]
        connections += (0..<200).map { Self.connection("h\($0)", remote: [.address(bob)]) }
        let index = ConnectionIndex(connections)
        #expect(index.candidates(for: Self.path, version: .ikev2).map(\.name) == ["h0", "c0", "strong"])
        // Who is authenticated may have any of them.
        #expect(Self.names(connections, remote: "c150.example.org").contains("c150"))
    }

    @Test("a list of reasons looks at so many and no more")
    func limited() {
        let connections = (0..<200).map { Self.connection("c\($0)") } + [Self.connection("host", remote: [.address(bob)])]
        #expect(Self.names(connections, limit: 3) == ["host", "c0", "c1"])
    }

    @Test("the best identity first, then the address")
    func identities() {
        let connections = [
            Self.connection("any"), Self.connection("any at bob", remote: [.address(bob)]),
            Self.connection("wildcard", identity: "*.example.org"), Self.connection("exact", identity: "moon.example.org"),
            Self.connection("other", identity: "sun.example.org"),
            Self.connection("regex", identity: "fqdn:^(moon|sun)\\.example\\.org$"),
        ]
        #expect(
            Self.names(connections, remote: "moon.example.org")
                == ["exact", "wildcard", "regex", "any at bob", "any"])
        #expect(Self.names(connections, remote: "mars.example.org") == ["wildcard", "any at bob", "any"])
        #expect(Self.names(connections, remote: "mars.example.com") == ["any at bob", "any"])
    }

    @Test("an identity is found whatever its case and string types")
    func spellings() {
        let connections = [
            Self.connection("host", identity: "Moon.Example.ORG"),
            Self.connection("name", identity: "C=CH, O=Example Inc., CN=moon"),
        ]
        #expect(Self.names(connections, remote: "moon.example.org") == ["host"])
        #expect(Self.names(connections, remote: "c=ch, o=EXAMPLE inc., cn=MOON") == ["name"])
    }

    /// Equal by ``Identification/isSame(as:)`` must mean equal keys, otherwise a connection is not found.
    @Test("names in other string types, and sets in another order, have the same key")
    func keys() {
        func name(_ tag: UInt8, _ value: [UInt8], reversed: Bool = false) -> Identification {
            let common = DistinguishedName.Attribute(type: [0x55, 4, 3], tag: tag, value: value)
            let unit = DistinguishedName.Attribute(type: [0x55, 4, 11], tag: 0x0c, value: Array("x".utf8))
            let names = DistinguishedName(relativeNames: [reversed ? [unit, common] : [common, unit]])
            return Identification(kind: .derASN1DN, data: names.der)
        }
        let names = [
            name(0x0c, Array("Moon".utf8)), name(0x13, Array("moon".utf8)), name(0x16, Array("MOON".utf8), reversed: true),
            name(0x1e, [0, 0x6d, 0, 0x6f, 0, 0x6f, 0, 0x6e]),
        ]
        for a in names {
            for b in names where a.isSame(as: b) {
                #expect(a.canonical == b.canonical, "\(a) and \(b)")
            }
        }
    }

    @Test("the identity that the peer wants of us must be one that the connection can be")
    func wanted() {
        let connections = [
            Self.connection("sun", own: "sun.example.org"), Self.connection("mars", own: "mars.example.org"),
            Self.connection("unnamed"),
        ]
        #expect(Self.names(connections, remote: "moon", local: "mars.example.org") == ["mars", "unnamed"])
        #expect(Self.names(connections, remote: "moon") == ["sun", "mars", "unnamed"])
        #expect(Self.names(connections, remote: "moon", local: "venus.example.org") == ["unnamed"])
    }

    @Test("the connection that names the identity that the peer wants comes before one that names none")
    func wantedFirst() {
        let connections = [
            Self.connection("unnamed"), Self.connection("mars", own: "mars.example.org"),
            Self.connection("exact", identity: "moon.example.org"),
        ]
        #expect(Self.names(connections, remote: "sun.example.org", local: "mars.example.org") == ["mars", "unnamed"])
        #expect(
            Self.names(connections, remote: "moon.example.org", local: "mars.example.org") == ["exact", "mars", "unnamed"])
    }

    @Test("by name: the first of equal names, and children with or without their connection")
    func byName() {
        var first = Self.connection("home")
        first.children = [ChildConfig(name: "net")]
        var second = Self.connection("office")
        second.children = [ChildConfig(name: "net"), ChildConfig(name: "voice")]
        let index = ConnectionIndex([first, second, Self.connection("home", remote: [.address(bob)])])
        #expect(index.connection(named: "home")?.remoteAddresses == [.any])
        #expect(index.connection(named: "mars") == nil)
        #expect(index.child(named: "net", in: nil)?.peer.name == "home")
        #expect(index.child(named: "net", in: "office")?.peer.name == "office")
        #expect(index.child(named: "voice", in: nil)?.peer.name == "office")
        #expect(index.child(named: "voice", in: "home") == nil)
        #expect(index.child(named: "voice", in: "mars") == nil)
    }
}
