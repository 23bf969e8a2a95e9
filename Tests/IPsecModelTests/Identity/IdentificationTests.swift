import IPsecModel
import Testing

@Suite("Identities as text")
struct IdentificationTextTests {
    struct Case: Sendable {
        let text: String
        let kind: Identification.Kind
        let data: [UInt8]
        let shown: String
        init(_ text: String, _ kind: Identification.Kind, _ data: [UInt8], _ shown: String) {
            (self.text, self.kind, self.data, self.shown) = (text, kind, data, shown)
        }
        init(_ text: String, _ kind: Identification.Kind, _ data: String) {
            self.init(text, kind, Array(data.utf8), data)
        }
    }

    static let cases = [
        Case("", .any, [], "%any"), Case("%any", .any, [], "%any"), Case("*", .any, [], "%any"),
        Case("0.0.0.0", .any, [], "%any"), Case("::", .any, [], "%any"), Case("  %any ", .any, [], "%any"),
        Case("192.168.0.1", .ipv4Address, [192, 168, 0, 1], "192.168.0.1"),
        Case("fec0::1", .ipv6Address, [0xfe, 0xc0] + Array(repeating: 0, count: 13) + [1], "fec0::1"),
        Case("moon.strongswan.org", .fqdn, "moon.strongswan.org"),
        Case("@moon.strongswan.org", .fqdn, "moon.strongswan.org"),
        Case("@192.168.0.1", .fqdn, "192.168.0.1"),
        Case("alice@strongswan.org", .rfc822Address, "alice@strongswan.org"),
        Case("@@alice", .rfc822Address, "alice"),
        Case("@#c0ffee", .keyID, [0xc0, 0xff, 0xee], "c0:ff:ee"),
        Case("@#nothex", .fqdn, "#nothex"),
        Case("key:id", .keyID, "key:id"),
        Case("fqdn:moon", .fqdn, "moon"), Case("dns:moon", .fqdn, "moon"), Case("email:moon", .rfc822Address, "moon"),
        Case("keyid:moon", .keyID, "moon"), Case("userfqdn:a@b", .rfc822Address, "a@b"),
        Case("ipv4:10.0.0.1", .ipv4Address, [10, 0, 0, 1], "10.0.0.1"),
        Case("ipv4:#0a000001", .ipv4Address, [10, 0, 0, 1], "10.0.0.1"),
        Case("ipv4:#0a0000", .keyID, "ipv4:#0a0000"), Case("ipv4:fec0::1", .keyID, "ipv4:fec0::1"),
        Case("{2}:#616263", .fqdn, "abc"), Case("{2}:abc", .fqdn, "abc"), Case("{99}:abc", .keyID, "{99}:abc"),
        Case("a=b", .keyID, "a=b"), Case("user=x@example.org", .keyID, "user=x@example.org"),
    ]

    @Test("the kind follows from the form", arguments: cases)
    func parse(_ c: Case) {
        let identity = Identification(text: c.text)
        #expect(identity.kind == c.kind)
        #expect(identity.data == c.data)
        #expect(identity.description == c.shown)
    }

    static let moon: [UInt8] = [
        0x30, 0x31, 0x31, 0x0b, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, 0x43, 0x48,
        0x31, 0x13, 0x30, 0x11, 6, 3, 0x55, 4, 10, 0x13, 10, 0x73, 0x74, 0x72, 0x6f, 0x6e, 0x67, 0x53, 0x77, 0x61, 0x6e,
        0x31, 0x0d, 0x30, 0x0b, 6, 3, 0x55, 4, 3, 0x13, 4, 0x6d, 0x6f, 0x6f, 0x6e,
    ]

    @Test(
        "distinguished names",
        arguments: [
            "C=CH, O=strongSwan, CN=moon", "c=CH,o=strongSwan,cn=moon", "/C=CH/O=strongSwan/CN=moon",
            "C=CH/O=strongSwan/CN=moon", " C = CH , O = strongSwan,CN=moon", "asn1dn:C=CH, O=strongSwan, CN=moon",
            "2.5.4.6=CH, O=\"strongSwan\", CN=moon", "dn:#" + hexadecimal(moon),
        ])
    func names(_ text: String) {
        let identity = Identification(text: text)
        #expect(identity.kind == .derASN1DN)
        #expect(identity.data == Self.moon)
        #expect(identity.description == "C=CH, O=strongSwan, CN=moon")
    }

    @Test("string types, quotes, escapes and multiple values")
    func nameValues() throws {
        let name = try #require(DistinguishedName(text: #"O="Sun, Inc.", OU=a\,b, E=a@b.org, CN=Zoë, UID=x, DC=org"#))
        let tags = name.relativeNames.map { $0[0].tag }
        #expect(tags == [0x13, 0x13, 0x16, 0x0c, 0x13, 0x16])
        #expect(name.description == #"O=Sun\, Inc., OU=a\,b, E=a@b.org, CN=Zoë, UID=x, DC=org"#)
        let again = try #require(DistinguishedName(der: name.der))
        #expect(again.isSameName(as: name))
        #expect(try #require(DistinguishedName(text: name.description)).der == name.der)
        #expect(name.values("CN") == ["Zoë"])
        #expect(DistinguishedName(text: "O=\"open") == nil)
        #expect(DistinguishedName(text: "CN=a\\") == nil)
        #expect(DistinguishedName(text: "") == nil)
        #expect(DistinguishedName(text: "CN=https://a/b, O=x")?.relativeNames.count == 2)
        #expect(DistinguishedName(text: "CN=https://a/b")?.relativeNames.count == 1)
    }

    @Test("a value cannot pose as another attribute")
    func injection() {
        let evil = DistinguishedName(
            relativeNames: [[.init(type: [0x55, 4, 3], tag: 0x0c, value: Array("a, CN=admin\u{7}".utf8))]])
        #expect(evil.description == #"CN=a\, CN=admin?"#)
    }

    @Test("prefixes and flipped octets of a name never crash")
    func garbage() {
        for count in 0..<Self.moon.count { #expect(DistinguishedName(der: Array(Self.moon[..<count])) == nil) }
        for index in Self.moon.indices {
            for mask in 1...255 as ClosedRange<UInt8> {
                var altered = Self.moon
                altered[index] ^= mask
                let identity = Identification(kind: .derASN1DN, data: altered)
                _ = identity.description
                _ = identity.matches(pattern: Identification(text: "CN=*"))
            }
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

@Suite("Matching of identities")
struct IdentificationMatchingTests {
    struct Case: Sendable {
        let identity, pattern: String
        let quality: Int?
        init(_ identity: String, _ pattern: String, _ quality: Int?) {
            (self.identity, self.pattern, self.quality) = (identity, pattern, quality)
        }
    }

    static let cases = [
        Case("moon.example.org", "%any", 1), Case("moon.example.org", "moon.example.org", 20),
        Case("moon.example.org", "MOON.Example.org", 20), Case("moon.example.org", "*.example.org", 19),
        Case("example.org", "*.example.org", nil), Case(".example.org", "*.example.org", nil),
        Case("moon.example.org", "sun.example.org", nil), Case("moon.example.org", "*.example.net", nil),
        Case("a@example.org", "*@example.org", 19), Case("a@example.org", "*@example.net", nil),
        Case("a@example.org", "*.example.org", nil), Case("moon.example.org", "fqdn:*", 19),
        Case("10.0.0.1", "10.0.0.1", 20), Case("10.0.0.1", "10.0.0.2", nil), Case("10.0.0.1", "@10.0.0.1", nil),
        Case("%any", "moon.example.org", nil), Case("%any", "%any", 1),
        Case("C=CH, O=x, CN=moon", "C=CH, O=x, CN=moon", 20), Case("C=CH, O=x, CN=moon", "C=CH, O=X, CN=Moon", 20),
        Case("C=CH, O=x, CN=moon", "C=CH, O=*, CN=moon", 19), Case("C=CH, O=x, CN=moon", "C=CH, O=*, CN=*", 18),
        Case("C=CH, O=x, CN=moon", "O=x, C=CH, CN=moon", nil), Case("C=CH, O=x, CN=moon", "C=CH, O=x", nil),
        Case("C=CH, O=x, CN=moon", "C=CH, O=x, OU=*", nil), Case("C=CH, O=x, CN=moon", "C=CH, O=y, CN=*", nil),
        Case("@#aabb", "@#aabb", 20), Case("@#aabb", "@#aabc", nil),
    ]

    @Test("exact before wildcards before any", arguments: cases)
    func quality(_ c: Case) {
        let identity = Identification(text: c.identity)
        #expect(identity.matches(pattern: Identification(text: c.pattern)) == c.quality)
        #expect(IdentityPattern(text: c.pattern).matches(identity) == c.quality)
    }

    @Test("rdn_matching: parts in another order, and parts that the pattern leaves out")
    func orderOfNames() {
        let cases: [(pattern: String, reordered: Int?, relaxed: Int?)] = [
            ("C=CH, O=x, OU=a, OU=b, CN=moon", 20, 20), ("CN=moon, OU=b, OU=a, O=x, C=CH", 20, 20),
            ("CN=moon, OU=*, OU=a, O=x, C=CH", 19, 19), ("OU=*, OU=b, CN=*, O=x, C=CH", 18, 18),
            ("CN=moon, O=x", nil, 17), ("O=x, OU=*", nil, 16), ("CN=sun, O=x", nil, nil),
            ("OU=a, OU=a, CN=moon", nil, nil), ("CN=moon, O=x, C=CH, OU=a, OU=b, L=*", nil, nil),
        ]
        let identity = Identification(text: "C=CH, O=x, OU=a, OU=b, CN=moon")
        for c in cases {
            let pattern = IdentityPattern(text: c.pattern)
            #expect(pattern.matches(identity, names: .reordered) == c.reordered, "\(c.pattern)")
            #expect(pattern.matches(identity, names: .relaxed) == c.relaxed, "\(c.pattern)")
        }
    }

    @Test("SN is the surname and serialNumber the serial number, as charon has them")
    func attributeNames() {
        let name = Identification(text: "CN=moon, serialNumber=007, SN=Doe, surname=Roe")
        #expect(name.description == "CN=moon, serialNumber=007, SN=Doe, SN=Roe")
        #expect(DistinguishedName(der: name.data)?.relativeNames.map { $0[0].type[2] } == [3, 5, 4, 4])
    }

    @Test("many wildcards still beat any")
    func manyWildcards() {
        let name = (0..<30).map { _ in "OU=a" }.joined(separator: ",")
        let pattern = (0..<30).map { _ in "OU=*" }.joined(separator: ",")
        #expect(Identification(text: name).matches(pattern: Identification(text: pattern)) == 2)
    }

    @Test("names match whatever string type holds them")
    func stringTypes() {
        let printable = DistinguishedName(relativeNames: [[.init(type: [0x55, 4, 3], tag: 0x13, value: [0x61])]])
        let utf8 = DistinguishedName(relativeNames: [[.init(type: [0x55, 4, 3], tag: 0x0c, value: [0x41])]])
        let wide = DistinguishedName(relativeNames: [[.init(type: [0x55, 4, 3], tag: 0x1e, value: [0, 0x61])]])
        #expect(printable.isSameName(as: utf8))
        #expect(wide.isSameName(as: utf8))
    }

    @Test("canonical forms are equal where the subjects are the same", arguments: cases)
    func canonical(_ c: Case) {
        let identity = Identification(text: c.identity)
        let other = Identification(text: c.pattern)
        #expect((identity.canonical == other.canonical) == identity.isSame(as: other))
        #expect(identity.canonical.canonical == identity.canonical)
        #expect(other.hasWildcards == (c.pattern.contains("*") || c.pattern == "%any"))
    }

    static let expressionCases: [(String, String, Bool)] = [
        ("^(sun|moon)\\.example\\.org$", "moon.example.org", true),
        ("^(sun|moon)\\.example\\.org$", "mars.example.org", false),
        ("^(sun|moon)\\.example\\.org$", "moonxexample.org", false),
        ("^a{2,3}$", "a", false), ("^a{2,3}$", "aa", true), ("^a{2,3}$", "aaaa", false), ("^a{2,}$", "aaaaa", true),
        ("^a{2}b?$", "aab", true), ("^[a-c]+[^0-9]$", "abcx", true), ("^[a-c]+[^0-9]$", "abc1", false),
        ("^[[:digit:]]+$", "123", true), ("^[[:alpha:]_-]+$", "A_-b", true), ("^x*$", "", true), ("b+", "aabb", true),
        ("^ABC$", "abc", true), ("^[]a]$", "]", true), ("^(a|b|)c$", "c", true), ("^.$", "xy", false),
    ]

    @Test("regular expressions", arguments: expressionCases)
    func expressions(_ pattern: String, _ text: String, _ expected: Bool) throws {
        #expect(try #require(ExtendedExpression(pattern)).matches(text) == expected)
    }

    @Test(
        "malformed expressions are refused",
        arguments: [
            "(", ")", "a)", "[a", "[b-a]", "*", "+a", "a{", "a{1", "a{3,1}", "a{999}", "\\", "((a{255}){255}){255}",
        ])
    func malformed(_ pattern: String) { #expect(ExtendedExpression(pattern) == nil) }

    @Test("an expression that makes others backtrack takes linear steps")
    func noBacktracking() throws {
        let expression = try #require(ExtendedExpression("^(a+)+$"))
        #expect(!expression.matches(String(repeating: "a", count: 1000) + "b"))
    }

    @Test("patterns with a prefix concern one kind")
    func patternKinds() {
        let pattern = IdentityPattern(text: "fqdn:^moon\\..*$")
        #expect(pattern.matches(Identification(fqdn: "moon.example.org")) == 2)
        #expect(pattern.matches(Identification(email: "moon.example.org")) == nil)
        #expect(IdentityPattern(text: "fqdn:^($").matches(Identification(fqdn: "x")) == nil)
        #expect(IdentityPattern(text: "%any") == .any)
    }
}
