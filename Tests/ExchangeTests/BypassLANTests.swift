import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

@Suite("pass policies for attached networks")
struct BypassLANTests {
    private static let lan = AttachedSubnet(network: TrafficSelector(network: IPAddress("10.1.0.0")!, prefix: 16), interface: "eth1")
    private static let guests = AttachedSubnet(network: TrafficSelector(network: IPAddress("172.16.0.0")!, prefix: 24), interface: "eth2")
    private static let site = AttachedSubnet(network: TrafficSelector(network: IPAddress("fd00::")!, prefix: 64), interface: "eth1")

    private func pair(_ choice: InterfaceChoice?) -> Pair {
        Pair(settings: { own, settings in if own.name == "moon" { settings.bypassLAN = choice } })
    }

    private func names(_ host: SimulatedHost) -> [String] { host.engine.policies().map(\.child).sorted() }

    private func follow(_ pair: Pair, _ subnets: [AttachedSubnet]) {
        pair.moon.kernel.subnets = subnets
        pair.moon.kernelEvent(.routeChanged)
        pair.advance(by: .seconds(2))
    }

    @Test("they come and go with the networks, and leave nothing at the end")
    func follow() {
        let pair = pair(InterfaceChoice())
        pair.moon.kernel.subnets = [Self.lan, Self.site]
        pair.moon.input { $0.followNetwork(at: $1, into: &$2) }
        #expect(names(pair.moon) == ["Bypass LAN 10.1.0.0/16", "Bypass LAN fd00::/64"])
        #expect(pair.moon.kernel.policies.count == 6)
        #expect(pair.moon.kernel.policies.allSatisfy { $0.action == .pass && $0.policyClass == .passShunt })
        follow(pair, [Self.lan, Self.guests])
        #expect(names(pair.moon) == ["Bypass LAN 10.1.0.0/16", "Bypass LAN 172.16.0.0/24"])
        #expect(pair.moon.engine.policies().allSatisfy { $0.ike == "bypass-lan" && $0.mode == .pass && $0.reqid == 0 })
        follow(pair, [])
        #expect(pair.moon.kernel.policies.isEmpty)
        follow(pair, [Self.lan])
        pair.moon.input { $0.shutdown(at: $1, into: &$2) }
        #expect(pair.moon.kernel.policies.isEmpty)
    }

    @Test("two interfaces with one network have one set of policies between them")
    func shared() {
        let pair = pair(InterfaceChoice())
        let twin = AttachedSubnet(network: Self.lan.network, interface: "eth5")
        follow(pair, [Self.lan, twin])
        #expect(pair.moon.kernel.policies.count == 3)
        follow(pair, [twin])
        #expect(pair.moon.kernel.policies.count == 3)
    }

    @Test("interfaces_use decides alone, otherwise interfaces_ignore")
    func interfaces() {
        let used = pair(InterfaceChoice(use: ["eth2"], ignore: ["eth2"]))
        follow(used, [Self.lan, Self.guests])
        #expect(names(used.moon) == ["Bypass LAN 172.16.0.0/24"])
        let ignoring = pair(InterfaceChoice(ignore: ["eth2"]))
        follow(ignoring, [Self.lan, Self.guests])
        #expect(names(ignoring.moon) == ["Bypass LAN 10.1.0.0/16"])
    }

    @Test("off by default, and gone once it is switched off")
    func off() {
        let pair = pair(nil)
        follow(pair, [Self.lan])
        #expect(names(pair.moon) == [])
        pair.moon.settings.bypassLAN = InterfaceChoice()
        pair.moon.input { $0.followNetwork(at: $1, into: &$2) }
        #expect(names(pair.moon).count == 1)
        pair.moon.settings.bypassLAN = nil
        pair.moon.input { $0.followNetwork(at: $1, into: &$2) }
        #expect(names(pair.moon) == [])
        #expect(pair.moon.kernel.policies.isEmpty)
    }

    @Test("what the kernel refuses is tried again with the next change")
    func refused() {
        let pair = pair(InterfaceChoice())
        pair.moon.kernel.refuse(request: 1)
        follow(pair, [Self.lan])
        #expect(pair.moon.kernel.policies.isEmpty)
        follow(pair, [Self.lan])
        #expect(pair.moon.kernel.policies.count == 3)
    }
}
