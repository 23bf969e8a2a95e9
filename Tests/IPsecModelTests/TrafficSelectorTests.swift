import IPsecModel
import Testing

@Suite("TrafficSelector")
struct TrafficSelectorTests {
    static func network(
        _ text: String, _ prefix: Int, _ ipProtocol: UInt8 = 0, _ ports: ClosedRange<UInt16> = 0...65535
    ) -> TrafficSelector {
        TrafficSelector(
            network: IPAddress(text) ?? .any(.v4), prefix: prefix, ipProtocol: ipProtocol, startPort: ports.lowerBound,
            endPort: ports.upperBound)
    }

    static func range(_ first: String, _ last: String) -> TrafficSelector {
        TrafficSelector(start: IPAddress(first) ?? .any(.v4), end: IPAddress(last) ?? .any(.v4))
    }

    static func opaque(_ text: String, _ prefix: Int) -> TrafficSelector {
        var selector = network(text, prefix, 6)
        (selector.startPort, selector.endPort) = (65535, 0)
        return selector
    }

    struct Pair: Sendable, CustomTestStringConvertible {
        var name: String
        var a: TrafficSelector
        var b: TrafficSelector
        var common: TrafficSelector?
        var testDescription: String { name }
    }

    static let pairs = [
        Pair(name: "same", a: network("10.1.0.0", 16), b: network("10.1.0.0", 16), common: network("10.1.0.0", 16)),
        Pair(name: "inside", a: network("10.0.0.0", 8), b: network("10.1.0.0", 16), common: network("10.1.0.0", 16)),
        Pair(name: "apart", a: network("10.1.0.0", 16), b: network("10.2.0.0", 16)),
        Pair(
            name: "overlapping ranges", a: range("10.0.0.1", "10.0.0.9"), b: range("10.0.0.5", "10.0.0.20"),
            common: range("10.0.0.5", "10.0.0.9")),
        Pair(
            name: "touching ranges", a: range("10.0.0.1", "10.0.0.9"), b: range("10.0.0.9", "10.0.0.20"),
            common: range("10.0.0.9", "10.0.0.9")),
        Pair(name: "families", a: network("0.0.0.0", 0), b: network("::", 0)),
        Pair(
            name: "protocol against any", a: network("10.1.0.0", 16, 6), b: network("10.1.0.0", 16),
            common: network("10.1.0.0", 16, 6)),
        Pair(name: "other protocol", a: network("10.1.0.0", 16, 6), b: network("10.1.0.0", 16, 17)),
        Pair(
            name: "ports", a: network("10.1.0.0", 16, 6, 10...100), b: network("10.1.0.0", 16, 6, 50...200),
            common: network("10.1.0.0", 16, 6, 50...100)),
        Pair(
            name: "other ports", a: network("10.1.0.0", 16, 6, 10...49), b: network("10.1.0.0", 16, 6, 50...200)),
        Pair(
            name: "opaque against all ports", a: opaque("10.1.0.0", 16), b: network("10.1.0.0", 16, 6),
            common: opaque("10.1.0.0", 16)),
        Pair(
            name: "opaque against opaque", a: opaque("10.1.0.0", 16), b: opaque("10.1.0.0", 16),
            common: opaque("10.1.0.0", 16)),
        Pair(name: "opaque against a port", a: opaque("10.1.0.0", 16), b: network("10.1.0.0", 16, 6, 80...80)),
        Pair(
            name: "IPv6", a: network("2001:db8::", 32), b: network("2001:db8:1::", 48),
            common: network("2001:db8:1::", 48)),
    ]

    @Test("what both cover, whichever asks, lies inside both", arguments: pairs)
    func intersection(_ pair: Pair) {
        #expect(pair.a.intersection(pair.b) == pair.common)
        #expect(pair.b.intersection(pair.a) == pair.common)
        if let common = pair.common {
            #expect(common.isSubset(of: pair.a))
            #expect(common.isSubset(of: pair.b))
        }
    }

    static let subsets: [(a: TrafficSelector, b: TrafficSelector, isSubset: Bool)] = [
        (network("10.1.2.0", 24), network("10.1.0.0", 16), true),
        (network("10.1.0.0", 16), network("10.1.2.0", 24), false),
        (network("10.1.0.0", 16), network("10.1.0.0", 16, 6), false),
        (network("10.1.0.0", 16, 6), network("10.1.0.0", 16), true),
        (network("10.1.0.0", 16, 6, 80...80), network("10.1.0.0", 16, 6, 1...1024), true),
        (network("10.1.0.0", 16, 6, 1...1024), network("10.1.0.0", 16, 6, 80...80), false),
        (opaque("10.1.0.0", 16), network("10.1.0.0", 16, 6), true),
        (network("10.1.0.0", 16, 6), opaque("10.1.0.0", 16), false),
        (network("0.0.0.0", 0), network("::", 0), false),
    ]

    @Test("subsets", arguments: subsets)
    func subset(a: TrafficSelector, b: TrafficSelector, isSubset: Bool) {
        #expect(a.isSubset(of: b) == isSubset)
    }

    static let texts: [(selector: TrafficSelector, text: String)] = [
        (network("10.1.2.3", 16), "10.1.0.0/16"),
        (network("0.0.0.0", 0), "0.0.0.0/0"),
        (network("::", 0), "::/0"),
        (TrafficSelector(host: IPAddress(v4: 0xc000_0201)), "192.0.2.1/32"),
        (range("10.0.0.1", "10.0.0.7"), "10.0.0.1..10.0.0.7"),
        (range("10.0.0.0", "10.0.0.7"), "10.0.0.0/29"),
        (range("0.0.0.0", "255.255.255.255"), "0.0.0.0/0"),
        (network("10.1.0.0", 16, 6), "10.1.0.0/16[tcp]"),
        (network("10.1.0.0", 16, 6, 80...80), "10.1.0.0/16[tcp/80]"),
        (network("10.1.0.0", 16, 17, 1024...65535), "10.1.0.0/16[udp/1024-65535]"),
        (network("10.1.0.0", 16, 0, 53...53), "10.1.0.0/16[/53]"),
        (network("10.1.0.0", 16, 200), "10.1.0.0/16[200]"),
        (network("10.1.0.0", 16, 1, 0x0800...0x0800), "10.1.0.0/16[icmp/8]"),
        (network("10.1.0.0", 16, 1, 0x0301...0x0301), "10.1.0.0/16[icmp/3(1)]"),
        (network("10.1.0.0", 16, 1, 0x0800...0x08ff), "10.1.0.0/16[icmp/8-8(255)]"),
        (network("2001:db8::", 32, 58, 0x8000...0x8100), "2001:db8::/32[ipv6-icmp/128-129]"),
        (opaque("10.1.0.0", 16), "10.1.0.0/16[tcp/OPAQUE]"),
    ]

    @Test("the text of charon's log", arguments: texts)
    func text(selector: TrafficSelector, text: String) {
        #expect(selector.description == text)
    }

    @Test("the smallest network around a range")
    func networks() {
        let wide = Self.range("10.0.0.1", "10.0.1.7").network
        #expect(wide.address == IPAddress("10.0.0.0") && wide.prefix == 23 && !wide.isExact)
        let host = Self.range("2001:db8::1", "2001:db8::1").network
        #expect(host.prefix == 128 && host.isExact)
        let all = Self.range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").network
        #expect(all.prefix == 0 && all.isExact)
    }

    @Test("a prefix longer than the address or below zero is cut to what there is")
    func prefixes() {
        #expect(Self.network("10.1.2.3", 40) == TrafficSelector(host: IPAddress(v4: 0x0a01_0203)))
        #expect(Self.network("10.1.2.3", -3) == .all(.v4))
    }

    @Test("dynamic selectors become the hosts, with their protocol and ports; unknown hosts become everything")
    func dynamic() {
        let pattern = SelectorPattern.dynamic(ipProtocol: 17, startPort: 1701, endPort: 1701)
        let host = IPAddress(v4: 0xc000_0201)
        #expect(
            pattern.resolved(for: [host])
                == [TrafficSelector(host: host, ipProtocol: 17, startPort: 1701, endPort: 1701)])
        #expect(SelectorPattern.dynamic().resolved(for: [.any(.v6)]) == [.all(.v6)])
        #expect(SelectorPattern.fixed(.all(.v4)).resolved(for: [host]) == [.all(.v4)])
        #expect(pattern.resolved(for: []).isEmpty)
    }
}
