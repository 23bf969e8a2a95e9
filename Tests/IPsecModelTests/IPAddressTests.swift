import IPsecModel
import Testing

@Suite("IPAddress")
struct IPAddressTests {
    /// Text that is read, and how it is printed (RFC 5952 for IPv6).
    static let good: [(text: String, printed: String)] = [
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
        ("192.0.2.1", "192.0.2.1"),
        ("010.001.000.009", "10.1.0.9"),
        ("::", "::"),
        ("::1", "::1"),
        ("1::", "1::"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("2001:DB8::00ab", "2001:db8::ab"),
        // The longest run is shortened, the first of equal ones, and never a single group.
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
        ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
        ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("fe80::1", "fe80::1"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ]

    @Test("text is read and printed in its shortest form", arguments: good)
    func text(text: String, printed: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == printed)
        #expect(IPAddress(printed) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.-4", "1.2.3.+4",
            "1.2.3.0x4", "1.2.3.0004", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4/32", "a.b.c.d", "\u{0661}.2.3.4", ":", ":::",
            "1:::2", "::1::", "1::2::3", ":1", "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8",
            "::1:2:3:4:5:6:7:8", "12345::", "g::", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5", "1.2.3.4::", "1.2.3.4::1",
            "1:2:3:4:5:6:7:1.2.3.4", "fe80::1%eth0", "[::1]", "::1/128", "+1::", "-1::",
        ])
    func malformed(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("octets of another count are no address", arguments: [0, 1, 3, 5, 15, 17, 32])
    func octets(_ count: Int) {
        #expect(IPAddress(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("what kind of address it is")
    func kinds() throws {
        #expect(try #require(IPAddress("127.8.9.1")).isLoopback)
        #expect(try #require(IPAddress("::1")).isLoopback)
        #expect(!IPAddress.any(.v6).isLoopback)
        #expect(try #require(IPAddress("169.254.0.1")).isLinkLocal)
        #expect(try #require(IPAddress("febf::1")).isLinkLocal)
        #expect(!(try #require(IPAddress("fec0::1")).isLinkLocal))
        #expect(try #require(IPAddress("224.0.0.1")).isMulticast)
        #expect(try #require(IPAddress("ff02::1")).isMulticast)
        #expect(IPAddress.any(.v4).isAny)
        #expect(IPAddress.any(.v4) != IPAddress.any(.v6))
    }

    @Test("IPv4 sorts before IPv6, then by value")
    func order() throws {
        let texts = ["0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::"]
        let addresses = try texts.map { try #require(IPAddress($0)) }
        #expect(addresses.reversed().sorted() == addresses)
    }

    @Test("networks", arguments: [
        ("10.1.2.3", "10.1.0.0", 16, true), ("10.2.2.3", "10.1.0.0", 16, false), ("10.2.2.3", "10.1.0.0", 0, true),
        ("10.1.0.0", "10.1.0.0", 32, true), ("10.1.0.1", "10.1.0.0", 32, false), ("10.1.0.0", "10.1.0.0", 99, true),
        ("10.1.0.1", "10.1.0.0", -1, true), ("2001:db8::1", "2001:db8::", 64, true), ("::1", "::2", 128, false),
        ("::10.1.0.0", "10.1.0.0", 0, false),
    ])
    func networks(address: String, network: String, prefix: Int, isInside: Bool) throws {
        let network = try #require(IPAddress(network))
        #expect(try #require(IPAddress(address)).isInside(network, prefix: prefix) == isInside)
    }

    @Test("an IPv4 value keeps its low 32 bits only")
    func truncation() {
        #expect(IPAddress(family: .v4, value: .max).description == "255.255.255.255")
    }
}
