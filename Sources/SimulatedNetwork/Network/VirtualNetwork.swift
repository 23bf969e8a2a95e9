package import IKESA
package import IPsecModel

/// Hosts, the datagrams between them, and a clock that goes on only when it is told to.
///
/// Everything that happens is decided by the seed: what is lost, what comes twice, how long a datagram takes. A run
/// with the same seed and the same calls is the same run.
package final class VirtualNetwork {
    package private(set) var now = Instant(microseconds: 1_000_000)
    package private(set) var hosts: [SimulatedHost] = []
    package var link = LinkQuality()
    package var translators: [AddressTranslator] = []

    /// On their way, the next to arrive first.
    package private(set) var flight: [Packet] = []
    /// Kept back because ``holds`` said so.
    package private(set) var held: [Packet] = []
    /// Datagrams for which this holds wait for ``release(_:)``.
    package var holds: ((Packet) -> Bool)?

    /// Faults by the number of the transmission, counted since ``resetFaults(_:)``.
    private var faults: [Int: Fault] = [:]
    private var faultBase = 0
    package private(set) var transmitted = 0
    /// What was sent, for a test that failed.
    package private(set) var trace: [String] = []
    package var keepsTrace = true

    private var generator: SeededGenerator
    private var lastCommand: UInt64 = 0

    package init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    package func addHost(
        _ name: String, addresses: [IPAddress], settings: EngineSettings = EngineSettings()
    ) -> SimulatedHost {
        let host = SimulatedHost(
            name: name, addresses: addresses, seed: generator.next(), network: self, settings: settings)
        hosts.append(host)
        return host
    }

    func takeCommandID() -> CommandID {
        lastCommand += 1
        return CommandID(rawValue: lastCommand)
    }

    // MARK: Sending

    /// From now on, the given transmissions suffer, counted from 0.
    package func resetFaults(_ faults: [Int: Fault] = [:]) {
        self.faults = faults
        faultBase = transmitted
    }

    /// Transmissions since ``resetFaults(_:)``.
    package var transmittedSinceReset: Int { transmitted - faultBase }

    func transmit(_ bytes: [UInt8], on path: Path, from host: SimulatedHost) {
        let number = transmitted
        transmitted += 1
        var source = path.local
        if let box = translators.first(where: { $0.inside.contains(source.address) && !$0.inside.contains(path.remote.address) }) {
            source = box.outgoing(source)
        }
        var packet = Packet(
            number: number, source: source, destination: path.remote, bytes: bytes, sender: host.name, arrival: now)
        note("→ \(packet)")
        // A kernel refuses to send from an address that it does not have.
        guard host.kernel.isLocal(path.local.address) else { return note("  \(path.local.address) is not ours") }
        if let holds, holds(packet) {
            held.append(packet)
            return
        }
        var delay = link.latency
        if let fault = faults[number - faultBase] {
            switch fault {
            case .drop: return note("  lost")
            case .duplicate: launch(packet, after: delay + delay)
            case .delay(let more): delay += more
            case .corrupt(let offset): packet.bytes[offset % max(1, bytes.count)] ^= 0x55
            }
        }
        if generator.happens(percent: link.loss) { return note("  lost") }
        if generator.happens(percent: link.duplication) {
            launch(packet, after: delay + generator.duration(upTo: link.jitter))
        }
        launch(packet, after: delay + generator.duration(upTo: link.jitter))
    }

    private func launch(_ packet: Packet, after delay: Duration) {
        var packet = packet
        packet.arrival = now + delay
        let index = flight.firstIndex { $0.arrival > packet.arrival } ?? flight.endIndex
        flight.insert(packet, at: index)
    }

    /// Puts a datagram into the network as if somebody had sent it.
    package func inject(_ bytes: [UInt8], from source: Endpoint, to destination: Endpoint) {
        launch(
            Packet(
                number: transmitted, source: source, destination: destination, bytes: bytes, sender: "stranger",
                arrival: now), after: .zero)
    }

    // MARK: Holding back

    /// Lets held datagrams go, in their order or in any other.
    package func release(where condition: (Packet) -> Bool = { _ in true }) {
        for packet in held where condition(packet) { launch(packet, after: .zero) }
        held.removeAll(where: condition)
    }

    package func dropHeld(where condition: (Packet) -> Bool = { _ in true }) { held.removeAll(where: condition) }

    // MARK: Time

    private var nextEvent: Instant? {
        var earliest = flight.first?.arrival
        for host in hosts {
            if let deadline = host.nextDeadline { earliest = earliest.map { min($0, deadline) } ?? deadline }
        }
        return earliest
    }

    /// Delivers the next datagram, at its time.
    @discardableResult
    package func deliverNext() -> Packet? {
        guard let first = flight.first else { return nil }
        run(until: first.arrival, delivering: false)
        guard !flight.isEmpty else { return nil }
        let packet = flight.removeFirst()
        deliver(packet)
        return packet
    }

    private func deliver(_ packet: Packet) {
        var packet = packet
        if let box = translators.first(where: { $0.outer == packet.destination.address }) {
            guard let inside = box.incoming(packet.destination) else { return note("  unknown at the translator: \(packet)") }
            packet.destination = inside
        }
        guard let host = hosts.first(where: { $0.kernel.isLocal(packet.destination.address) }) else { return }
        host.receive(packet)
    }

    /// Runs until no datagram is on its way; timers that come due before the last arrival fire.
    package func runUntilQuiet() {
        var steps = 0
        while let first = flight.first, steps < Self.stepLimit {
            steps += 1
            run(until: first.arrival, delivering: true)
        }
    }

    /// Everything that happens within `duration`, in its order.
    package func advance(by duration: Duration) { run(until: now + duration, delivering: true) }

    private func run(until end: Instant, delivering: Bool) {
        var steps = 0
        while let next = nextEvent, next <= end, steps < Self.stepLimit {
            steps += 1
            if next > now { now = next }
            if let first = flight.first, first.arrival <= now {
                guard delivering else { break }
                deliver(flight.removeFirst())
                continue
            }
            for host in hosts {
                if let deadline = host.nextDeadline, deadline <= now { host.advance() }
            }
        }
        if steps == Self.stepLimit { isStuck = true }
        if end > now { now = end }
    }

    /// An engine asked for a time that had passed, again and again.
    package private(set) var isStuck = false
    private static let stepLimit = 200_000

    private func note(_ text: @autoclosure () -> String) {
        if keepsTrace { trace.append("\(now.microseconds / 1000) \(text())") }
    }

    package func clearTrace() { trace = [] }
}
