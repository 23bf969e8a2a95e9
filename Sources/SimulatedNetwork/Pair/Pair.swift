package import IKESA
package import IPsecModel

/// Two hosts that are configured for each other: what nearly every exchange test begins with.
package final class Pair {
    package let network: VirtualNetwork
    package let moon: SimulatedHost
    package let sun: SimulatedHost

    /// - Parameters:
    ///   - configure: changes a host's connection before it is loaded.
    ///   - settings: changes a host's settings.
    package init(
        seed: UInt64 = 1, configure: (SampleHost, inout PeerConfig) -> Void = { _, _ in },
        settings: (SampleHost, inout EngineSettings) -> Void = { _, _ in }
    ) {
        let network = VirtualNetwork(seed: seed)
        func host(_ own: SampleHost, _ peer: SampleHost) -> SimulatedHost {
            var engineSettings = EngineSettings()
            settings(own, &engineSettings)
            let host = network.addHost(own.name, addresses: [own.address], settings: engineSettings)
            host.credentials.setKey(Sample.psk, local: own.identity, remote: peer.identity)
            return host
        }
        self.network = network
        moon = host(.moon, .sun)
        sun = host(.sun, .moon)
        for (host, own, peer) in [(moon, SampleHost.moon, SampleHost.sun), (sun, .sun, .moon)] {
            var connection = Sample.connection(own, to: peer)
            configure(own, &connection)
            host.load(connection)
        }
    }

    package var hosts: [SimulatedHost] { [moon, sun] }

    package func other(_ host: SimulatedHost) -> SimulatedHost { host === moon ? sun : moon }

    // MARK: Verbs

    @discardableResult
    package func initiate(_ child: String = "net", by host: SimulatedHost) -> CommandID {
        host.perform(.initiate(child: child, ike: nil))
    }

    /// Brings `net` up, initiated by `moon`, and forgets what was recorded on the way.
    package func establish(_ children: [String] = ["net"]) {
        for child in children {
            initiate(child, by: moon)
            network.runUntilQuiet()
        }
        for host in hosts { host.forgetRecords() }
        network.clearTrace()
        network.resetFaults()
    }

    @discardableResult
    package func rekeyChild(_ child: String = "net", by host: SimulatedHost) -> CommandID {
        host.perform(.rekey(SASelection(child: child), reauthenticate: false))
    }

    @discardableResult
    package func rekeyIKE(by host: SimulatedHost) -> CommandID {
        host.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: false))
    }

    @discardableResult
    package func terminateChild(_ child: String = "net", by host: SimulatedHost) -> CommandID {
        host.perform(.terminate(SASelection(child: child), force: false))
    }

    @discardableResult
    package func terminateIKE(by host: SimulatedHost, force: Bool = false) -> CommandID {
        host.perform(.terminate(SASelection(ike: "gateway"), force: force))
    }

    package func runUntilQuiet() { network.runUntilQuiet() }
    package func advance(by duration: Duration) { network.advance(by: duration) }

    /// Long enough for every retransmission, retry and late removal to be over; shorter than any rekeying.
    package func settle() { network.advance(by: .seconds(600)) }

    // MARK: Traffic

    package enum Delivery: Equatable, Sendable {
        case delivered
        /// It left protected, and the receiver had no SA or policy for it.
        case lost(FakeKernel.Key)
        case notProtected(FakeKernel.Verdict)
    }

    /// Sends a packet from the network behind `host` to the one behind the other, through both kernels at once.
    package func ping(from host: SimulatedHost) -> Delivery {
        let (own, peer) = host === moon ? (SampleHost.moon, SampleHost.sun) : (SampleHost.sun, .moon)
        for host in hosts { host.kernel.now = network.now }
        let verdict = host.kernel.send(from: own.inner, to: peer.inner)
        guard case .protected(var key) = verdict else { return .notProtected(verdict) }
        // A translator on the way has mapped the encapsulated packet back.
        if network.translators.contains(where: { $0.outer == key.destination }) { key.destination = other(host).address }
        return other(host).kernel.receive(key, from: own.inner, to: peer.inner) ? .delivered : .lost(key)
    }
}
