import IPsecModel
import Testing
import XFRM

@Suite("events of the kernel")
struct EventTests {
    static let header = "00000000 0000 0000 00000000 00000000"
    static let packetSelector =
        "0a020001 00*12 0a010001 00*12 0050 ffff 8000 ffff 0200 20 20 06 000000 00*8"
    static let template = "4400 0500 c0000202 00*12 00000000 32 000000 0200 0000 c0000201 00*12 2a000000 01 00 00 00 ff*12"

    static let acquire = sealed(
        0x17, "c0000202 00*12 00000000 32 000000 c0000201 00*12 " + packetSelector + " "
            + GoldenMessageTests.selector + GoldenMessageTests.noLifetime + " 00*32 7fda0500 11000000 01 00 0000 00*4"
            + " ff*12 05000000 " + template)

    static let expire = sealed(
        0x18, "00*40 0200 00*14 c0000202 00*12 c1234567 32 000000 c0000201 00*12 ff*32 00*32 00*32 00*12 00000000"
            + " 2a000000 0200 01 20 20 00*7 01 00*7")

    static let mapping = sealed(
        0x26, "c0000201 00*12 c1234567 0200 32 00 2a000000 c0000202 00*12 c6336401 00*12 1194 c350")

    static func sealed(_ type: UInt8, _ text: String) -> [UInt8] {
        var octets = hex(header + " " + text)
        octets[0] = UInt8(octets.count & 0xff)
        octets[1] = UInt8(octets.count >> 8)
        octets[4] = type
        return octets
    }

    @Test("an acquire names the packet, the policy and the request identifier")
    func readAcquire() throws {
        let message = try #require(try message(Self.acquire))
        guard case .acquire(let acquire) = try XFRMEvent(message) else {
            Issue.record("not an acquire")
            return
        }
        #expect(acquire.reqid == 42)
        #expect(acquire.sequence == 5)
        #expect(acquire.policyIndex == 17)
        let selectors = acquire.packet.trafficSelectors
        #expect(
            selectors.source
                == TrafficSelector(
                    host: IPAddress("10.1.0.1")!, ipProtocol: 6, startPort: 0x8000, endPort: 0x8000))
        #expect(
            selectors.destination
                == TrafficSelector(host: IPAddress("10.2.0.1")!, ipProtocol: 6, startPort: 80, endPort: 80))
        #expect(acquire.policy == XFRMSelector(source: aliceNet, destination: bobNet))
    }

    @Test("an expire says which SA and how hard")
    func readExpire() throws {
        let message = try #require(try message(Self.expire))
        let id = XFRMStateID(destination: bob, spi: SPI(rawValue: 0xc123_4567), ipProtocol: .esp, source: alice)
        #expect(try XFRMEvent(message) == .expire(id, reqid: 42, isHard: true))
    }

    @Test("a mapping says where the peer is now")
    func readMapping() throws {
        let message = try #require(try message(Self.mapping))
        let id = XFRMStateID(destination: alice, spi: SPI(rawValue: 0xc123_4567), ipProtocol: .esp, source: bob)
        #expect(
            try XFRMEvent(message)
                == .mapping(id, reqid: 42, remote: Endpoint(IPAddress("198.51.100.1")!, 50000)))
    }

    @Test("every cut message is an error or nothing, never a trap", arguments: [acquire, expire, mapping])
    func prefixes(_ octets: [UInt8]) {
        for count in 0..<octets.count {
            let cut = Array(octets.prefix(count))
            #expect((try? message(cut)) == nil || count == 0)
            // And with a header that lies less: the payload alone is cut.
            guard count >= 16 else { continue }
            var honest = cut
            honest[0] = UInt8(count & 0xff)
            honest[1] = UInt8(count >> 8)
            readEverything(honest)
        }
    }

    @Test("every changed octet is read or refused, never a trap", arguments: [acquire, expire, mapping])
    func flips(_ octets: [UInt8]) {
        for index in octets.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var changed = octets
                changed[index] = value
                readEverything(changed)
            }
        }
    }

    /// Reads a message as everything that it might be.
    private func readEverything(_ octets: [UInt8]) {
        guard let message = (try? message(octets)) ?? nil else { return }
        _ = try? XFRMEvent(message)
        _ = try? RouteEvent(message)
        _ = try? XFRMPolicyReport(from: message.payload)
        _ = try? XFRMStateReport(from: message.payload)
        _ = try? XFRMAcquire(from: message.payload)
        _ = try? Route(from: message.payload)
        _ = try? InterfaceAddress(from: message.payload)
        _ = try? NetworkInterface(from: message.payload)
        _ = try? StateRequest.restored(message.payload)
        _ = try? message.errorCode()
        _ = message.errorText
    }
}
