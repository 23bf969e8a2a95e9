import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Testing

/// `interface` of a child configuration: who holds the device, and which IDs SAs and policies carry.
@Suite("The interface of a CHILD_SA")
struct InterfaceTests {
    private func pair(_ change: @escaping (inout PeerConfig, inout ChildConfig) -> Void) -> Pair {
        Pair(configure: { host, peer in
            guard host.name == "moon" else { return }
            var child = peer.children[0]
            child.interface = "ipsec0"
            change(&peer, &child)
            peer.children[0] = child
        })
    }

    private func unload(_ pair: Pair) {
        for connection in pair.moon.engine.connections { pair.moon.unload(connection.name) }
    }

    @Test("the device is there with the configuration, and goes with the last SA when that has gone first")
    func lifeOfConfiguration() {
        let pair = pair { peer, child in
            (peer.interfaceIDIn, peer.interfaceIDOut) = (.value(42), .value(42))
            child.updown = "script"
        }
        let kernel = pair.moon.kernel
        #expect(kernel.interfaces == ["ipsec0": 42])
        pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.updowns.map(\.interface) == ["ipsec0"])
        pair.rekeyChild(by: pair.sun)
        pair.settle()
        #expect(kernel.claims == ["ipsec0": 2])
        #expect(kernel.policies.filter { $0.interfaceID == 42 }.count == 3)
        #expect(kernel.states.values.allSatisfy { $0.parameters.interfaceID == 42 })
        unload(pair)
        #expect(kernel.interfaces == ["ipsec0": 42])
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        #expect(kernel.interfaces.isEmpty && kernel.claims.isEmpty)
    }

    @Test("a unique ID has a device as long as there is a CHILD_SA", arguments: ["moon", "sun"])
    func unique(_ initiator: String) throws {
        let pair = pair { _, child in (child.interfaceIDIn, child.interfaceIDOut) = (.unique, .unique) }
        #expect(pair.moon.kernel.interfaces.isEmpty)
        pair.initiate(by: initiator == "moon" ? pair.moon : pair.sun)
        pair.settle()
        let id = try #require(pair.moon.liveChildren.first).interfaceIDOut
        #expect(pair.moon.kernel.interfaces == ["ipsec0": id])
        pair.rekeyChild(by: pair.moon)
        pair.settle()
        #expect(pair.moon.kernel.interfaces == ["ipsec0": id])
        pair.terminateIKE(by: pair.sun)
        pair.settle()
        #expect(pair.moon.kernel.claims.isEmpty && pair.moon.kernel.interfaces.isEmpty)
    }

    @Test("without an ID that of the device is taken, by SAs, policies and traps alike")
    func withoutID() throws {
        let pair = pair { _, child in child.startAction = .trap }
        let id = try #require(pair.moon.kernel.interfaces["ipsec0"])
        #expect(id != 0)
        #expect(pair.moon.kernel.policies.allSatisfy { $0.interfaceID == id })
        pair.establish()
        let child = try #require(pair.moon.liveChildren.first)
        #expect(child.interfaceIDIn == id && child.interfaceIDOut == id)
        let reqids = Set(pair.moon.kernel.policies.compactMap { policy -> UInt32? in
            if case .protect(let template) = policy.action { template.reqid } else { nil }
        })
        #expect(reqids.count == 1)
        pair.terminateIKE(by: pair.moon)
        pair.settle()
        unload(pair)
        #expect(pair.moon.kernel.claims.isEmpty && pair.moon.kernel.interfaces.isEmpty)
    }

    @Test("a device with another ID refuses the CHILD_SA, and nothing is left of it", arguments: ["moon", "sun"])
    func refused(_ initiator: String) {
        let pair = pair { _, child in (child.interfaceIDIn, child.interfaceIDOut) = (.unique, .unique) }
        pair.moon.kernel.interfaces["ipsec0"] = 99
        let command = pair.initiate(by: initiator == "moon" ? pair.moon : pair.sun)
        pair.settle()
        let outcome = (initiator == "moon" ? pair.moon : pair.sun).outcome(of: command)
        #expect(outcome != nil && outcome != .done)
        #expect(pair.moon.kernel.claims.isEmpty && pair.moon.kernel.reserved.isEmpty)
        #expect(pair.moon.kernel.states.isEmpty && pair.moon.kernel.policies.isEmpty)
        #expect(pair.moon.kernel.interfaces == ["ipsec0": 99])
    }

    @Test("different IDs for the directions cannot be one device's")
    func directions() {
        let pair = pair { _, child in
            (child.interfaceIDIn, child.interfaceIDOut) = (.uniqueDirection, .uniqueDirection)
        }
        let command = pair.initiate(by: pair.moon)
        pair.settle()
        #expect(pair.moon.outcome(of: command) != .done)
        #expect(pair.moon.kernel.claims.isEmpty)
    }
}
