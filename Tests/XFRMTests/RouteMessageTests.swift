import IPsecModel
import Testing
import XFRM

@Suite("rtnetlink messages are laid out as linux/rtnetlink.h says")
struct RouteMessageTests {
    @Test("a tunnel's route with its source address")
    func addRoute() {
        var route = Route(destination: bobNet.start, prefix: 16, table: 220)
        route.gateway = bob
        route.interfaceIndex = 2
        route.preferredSource = IPAddress("10.1.0.1")
        #expect(
            bytes(route.add(replacing: true))
                == hex(
                    "3c000000 1800 0505 01000000 00000000 02 10 00 00 dc 04 00 01 00000000"
                        + " 0800 0100 0a020000 0800 0700 0a010001 0800 0500 c0000202 0800 0400 02000000"))
    }

    @Test("a route with a next hop of the other family, an MTU and an MSS")
    func viaAndMetrics() {
        var route = Route(destination: bobNet.start, prefix: 16, table: 220)
        route.gateway = IPAddress("fe80::1")
        route.interfaceIndex = 2
        route.mtu = 1300
        route.mss = 1200
        #expect(
            bytes(route.add(replacing: true))
                == hex(
                    "58000000 1800 0505 01000000 00000000 02 10 00 00 dc 04 00 01 00000000"
                        + " 0800 0100 0a020000 1600 1200 0a00 fe800000000000000000000000000001 0000 0800 0400 02000000"
                        + " 1400 0800 0800 0200 14050000 0800 0800 b0040000"))
    }

    @Test("a throw route in a table with a large number")
    func throwRoute() {
        var route = Route(destination: bobNet.start, prefix: 16, table: 1000)
        route.kind = .throw
        #expect(
            bytes(route.delete())
                == hex(
                    "2c000000 1900 0500 01000000 00000000 02 10 00 00 00 04 00 09 00000000"
                        + " 0800 0f00 e8030000 0800 0100 0a020000"))
    }

    @Test("the rule for a table")
    func rule() {
        let rule = RoutingRule(
            family: .v6, table: 220, priority: 220, mark: XFRMMark(value: 1, mask: 1), isMarkInverted: true)
        #expect(
            bytes(rule.add())
                == hex(
                    "34000000 2000 0506 01000000 00000000 0a 000000 dc 0000 01 02000000"
                        + " 0800 0600 dc000000 0800 0a00 01000000 0800 1000 01000000"))
    }

    @Test("a virtual address")
    func address() {
        let entry = InterfaceAddress(address: IPAddress("10.3.0.1")!, prefix: 32, interfaceIndex: 5)
        #expect(
            bytes(entry.add())
                == hex("20000000 1400 0506 01000000 00000000 02 20 00 00 05000000 0800 0200 0a030001"))
    }

    @Test("what is written is read back")
    func roundTrip() throws {
        var route = Route(destination: bobNet.start, prefix: 16, table: 220)
        route.gateway = bob
        route.interfaceIndex = 2
        route.priority = 9
        #expect(try Route(from: payload(route.add(replacing: false))) == route)
        let entry = InterfaceAddress(address: IPAddress("fd00::1")!, prefix: 128, interfaceIndex: 5)
        #expect(try InterfaceAddress(from: payload(entry.add())) == entry)
    }

    @Test("a link and its name")
    func link() throws {
        let octets = hex("00 00 0100 03000000 49000000 00000000 0900 0300 6574683000 000000 0800 0400 dc050000")
        #expect(
            try NetworkInterface(from: view(octets))
                == NetworkInterface(index: 3, name: "eth0", isUp: true, isLoopback: true, mtu: 1500))
    }

    @Test("the kernel's answer about a route names its table")
    func lookup() throws {
        let octets = hex(
            "02 20 00 00 fe 00 00 01 00020000 0800 0f00 fe000000 0800 0400 02000000 0800 0700 c0000201"
                + " 0800 0500 c00002fe")
        let route = try Route.answer(view(octets), to: IPAddress("198.51.100.1")!)
        #expect(route.table == 254)
        #expect(route.gateway == IPAddress("192.0.2.254"))
        #expect(route.preferredSource == alice)
        #expect(route.interfaceIndex == 2)
    }
}
