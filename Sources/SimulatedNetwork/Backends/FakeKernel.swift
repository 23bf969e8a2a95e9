package import IKESA
package import IPsecModel

/// The IPsec databases of a simulated host as lists: what was asked of them can be looked at, and refused.
///
/// SPIs come from a seeded generator. SAs reach their limits under virtual time, as in Linux: a soft limit is reported
/// once, a hard one ends the SA and is reported.
package final class FakeKernel: Kernel {
    /// What names an SA here; the mark is part of its parameters.
    package struct Key: Hashable, Sendable {
        package var protocolID: SecurityProtocol
        package var spi: SPI
        package var destination: IPAddress

        package init(_ identifier: SAIdentifier) {
            protocolID = identifier.protocolID
            spi = identifier.spi
            destination = identifier.destination
        }
    }

    package struct InstalledSA {
        package var parameters: SAParameters
        package var softAt: Instant?
        package var hardAt: Instant?
        package var lastUse: Instant?
        package var packets: UInt64 = 0
        fileprivate var hasReportedCount = false

        /// Whether the last packet has reached a limit, of octets or of packets.
        fileprivate func hasReached(bytes: UInt64, packets limit: UInt64) -> Bool {
            bytes > 0 && packets * FakeKernel.packetSize >= bytes || limit > 0 && packets >= limit
        }
    }

    private static let packetSize: UInt64 = 100
    /// Counted limits that were reached, not yet reported.
    private var reached: [KernelEvent] = []

    /// Requests that can be refused; deletions never are.
    package enum Request: Equatable, Sendable {
        case allocateSPI
        case addSA
        case updateSA
        case addPolicy
    }

    package private(set) var addresses: [IPAddress]
    package private(set) var states: [Key: InstalledSA] = [:]
    /// In the order of their addition; equal ones have several owners.
    package private(set) var policies: [PolicyParameters] = []
    package private(set) var reserved: Set<SPI> = []
    package private(set) var reservedCPIs: Set<SPI> = []
    /// Requests so far, and which of them to refuse, counted from 0.
    package private(set) var requests: [Request] = []
    package var refused: Set<Int> = []
    package var now = Instant.origin

    private var generator: SeededGenerator

    package init(addresses: [IPAddress], seed: UInt64) {
        self.addresses = addresses
        generator = SeededGenerator(seed: seed)
    }

    /// Refuses the `count`-th request from now on, counted from 0.
    package func refuse(request count: Int) { refused.insert(requests.count + count) }

    /// What a host finds that was started anew after a crash, once the leftovers are gone.
    package func clear() {
        states = [:]
        policies = []
        claims = [:]
        interfaces = interfaces.filter { !made.contains($0.key) }
        made = []
        reserved = []
        reservedCPIs = []
        reached = []
    }

    package func move(to addresses: [IPAddress]) { self.addresses = addresses }

    private func admit(_ request: Request, _ text: String) throws(KernelError) {
        requests.append(request)
        guard !refused.contains(requests.count - 1) else {
            throw KernelError(request: text, code: 12, reason: "Cannot allocate memory")
        }
    }

    // MARK: SPIs

    package func allocateSPI(
        _ protocolID: SecurityProtocol, source: IPAddress, destination: IPAddress
    ) throws(KernelError) -> SPI {
        try admit(.allocateSPI, "allocate SPI")
        while true {
            let spi = SPI(rawValue: 0xc000_0000 | UInt32(truncatingIfNeeded: generator.next()) >> 4)
            guard !reserved.contains(spi), !states.keys.contains(where: { $0.spi == spi }) else { continue }
            reserved.insert(spi)
            return spi
        }
    }

    package func allocateCPI(source: IPAddress, destination: IPAddress) throws(KernelError) -> SPI {
        let cpi = SPI(rawValue: 0x100 + UInt32(generator.next() % 0xe000))
        reservedCPIs.insert(cpi)
        return cpi
    }

    package func releaseCPI(_ cpi: SPI) { reservedCPIs.remove(cpi) }

    // MARK: SAD

    package func add(_ sa: SAParameters) throws(KernelError) {
        try admit(.addSA, "add SAD entry with SPI \(sa.identifier.spi)")
        let key = Key(sa.identifier)
        guard states[key] == nil else {
            throw KernelError(request: "add SAD entry with SPI \(key.spi)", code: 17, reason: "File exists")
        }
        if sa.isInbound {
            reserved.remove(key.spi)
            reservedCPIs.remove(sa.cpi)
        }
        var installed = InstalledSA(parameters: sa)
        if sa.lifetime.softSeconds > 0 { installed.softAt = now + .seconds(Int64(sa.lifetime.softSeconds)) }
        if sa.lifetime.hardSeconds > 0 { installed.hardAt = now + .seconds(Int64(sa.lifetime.hardSeconds)) }
        states[key] = installed
    }

    package func update(_ sa: SAIdentifier, to new: SAAddresses) throws(KernelError) {
        try admit(.updateSA, "update SAD entry with SPI \(sa.spi)")
        guard var installed = states.removeValue(forKey: Key(sa)) else { throw Self.unknown("update", sa) }
        installed.parameters.identifier.source = new.source
        installed.parameters.identifier.destination = new.destination
        installed.parameters.encapsulation = new.encapsulation
        states[Key(installed.parameters.identifier)] = installed
    }

    package func delete(_ sa: SAIdentifier) throws(KernelError) {
        if reserved.remove(sa.spi) != nil { return }
        guard states.removeValue(forKey: Key(sa)) != nil else { throw Self.unknown("delete", sa) }
    }

    package func usage(of sa: SAIdentifier) throws(KernelError) -> SAUsage {
        guard let installed = states[Key(sa)] else { throw Self.unknown("query", sa) }
        return SAUsage(
            bytes: installed.packets * Self.packetSize, packets: installed.packets, idle: installed.lastUse.map { now - $0 })
    }

    private static func unknown(_ verb: String, _ sa: SAIdentifier) -> KernelError {
        KernelError(request: "\(verb) SAD entry with SPI \(sa.spi)", code: 3, reason: "No such process")
    }

    // MARK: SPD

    package func add(_ policy: PolicyParameters) throws(KernelError) {
        try admit(.addPolicy, "add policy")
        policies.append(policy)
    }

    package func delete(_ policy: PolicyParameters) throws(KernelError) {
        guard let index = policies.lastIndex(of: policy) else {
            throw KernelError(request: "delete policy", code: 2, reason: "No such file or directory")
        }
        policies.remove(at: index)
    }

    package func idle(of policy: PolicyParameters) throws(KernelError) -> Duration? { nil }

    // MARK: Addresses

    /// Whether a route leads from one of the addresses to a destination; by default it does.
    package var routes: (_ source: IPAddress, _ destination: IPAddress) -> Bool = { _, _ in true }

    package func sourceAddress(toward destination: IPAddress) -> IPAddress? {
        addresses.first { hasRoute(toward: destination, from: $0) }
    }
    package func hasRoute(toward destination: IPAddress, from source: IPAddress) -> Bool {
        isLocal(source) && source.family == destination.family && routes(source, destination)
    }
    package func usableAddresses() -> [IPAddress] { addresses }
    package func isLocal(_ address: IPAddress) -> Bool { addresses.contains(address) }
    package func interfaceName(of address: IPAddress) -> String? { isLocal(address) ? "eth0" : nil }

    package var subnets: [AttachedSubnet] = []
    package func attachedSubnets() -> [AttachedSubnet] { subnets }

    // MARK: Interfaces

    /// XFRM interfaces by name, with their IDs; those that nobody has claimed were there before.
    package var interfaces: [String: UInt32] = [:]
    /// How often each interface is claimed.
    package private(set) var claims: [String: Int] = [:]
    private var made: Set<String> = []

    package func claimInterface(_ name: String, id: UInt32) throws(KernelError) -> TunnelInterface {
        if name == "eth0", id == 0 {
            claims[name, default: 0] += 1
            return .ordinary
        }
        if interfaces[name] == nil {
            made.insert(name)
            interfaces[name] = id == 0 ? 0x7000_0000 + UInt32(interfaces.count) : id
        }
        guard let found = interfaces[name], id == 0 || id == found else {
            throw KernelError(request: "use interface \(name)", code: 17, reason: "it exists with another ID")
        }
        claims[name, default: 0] += 1
        return .device(id: found)
    }

    package func releaseInterface(_ name: String) {
        guard let count = claims[name] else { return }
        claims[name] = count > 1 ? count - 1 : nil
        if count == 1, made.remove(name) != nil { interfaces[name] = nil }
    }

    // MARK: Time

    package var nextDeadline: Instant? {
        guard reached.isEmpty else { return now }
        var earliest: Instant?
        for installed in states.values {
            for deadline in [installed.softAt, installed.hardAt] {
                if let deadline { earliest = earliest.map { min($0, deadline) } ?? deadline }
            }
        }
        return earliest
    }

    /// The limits that were reached by `now`, in the order of SPIs.
    package func popExpired() -> [KernelEvent] {
        var events = reached
        reached = []
        for key in states.keys.sorted(by: { $0.spi.rawValue < $1.spi.rawValue }) {
            guard let installed = states[key] else { continue }
            if let hardAt = installed.hardAt, hardAt <= now {
                states[key] = nil
                events.append(.expire(installed.parameters.identifier, hard: true))
            } else if let softAt = installed.softAt, softAt <= now {
                states[key]?.softAt = nil
                events.append(.expire(installed.parameters.identifier, hard: false))
            }
        }
        return events
    }

    // MARK: Packets

    package enum Verdict: Equatable, Sendable {
        case protected(Key)
        /// A policy asks for an SA that is not there.
        case acquire(reqid: UInt32)
        case clear
        case dropped
    }

    /// What happens to a packet that leaves.
    package func send(from source: IPAddress, to destination: IPAddress) -> Verdict {
        let fitting = policies.filter {
            $0.direction == .outbound && $0.source.contains(source) && $0.destination.contains(destination)
        }
        // The best class is in force; among equals, the policy that was added last.
        guard let best = fitting.map(\.policyClass.rawValue).min(),
            let policy = fitting.last(where: { $0.policyClass.rawValue == best })
        else { return .clear }
        switch policy.action {
        case .pass: return .clear
        case .drop: return .dropped
        case .protect(let template):
            let key = states.first { key, sa in
                !sa.parameters.isInbound && sa.parameters.reqid == template.reqid
                    && (template.spi.isZero || key.spi == template.spi)
            }?.key
            guard let key else { return .acquire(reqid: template.reqid) }
            use(key)
            return .protected(key)
        }
    }

    /// Whether a protected packet is taken: its SA is there, and a policy lets it in.
    package func receive(_ key: Key, from source: IPAddress, to destination: IPAddress) -> Bool {
        guard let sa = states[key], sa.parameters.isInbound else { return false }
        use(key)
        return policies.contains { policy in
            guard policy.direction == .inbound, case .protect(let template) = policy.action else { return false }
            return template.reqid == sa.parameters.reqid && policy.source.contains(source)
                && policy.destination.contains(destination)
        }
    }

    private func use(_ key: Key) {
        guard var installed = states[key] else { return }
        installed.lastUse = now
        installed.packets += 1
        let lifetime = installed.parameters.lifetime
        let isOver = installed.hasReached(bytes: lifetime.hardBytes, packets: lifetime.hardPackets)
        let isSoft = installed.hasReached(bytes: lifetime.softBytes, packets: lifetime.softPackets)
        if isOver {
            reached.append(.expire(installed.parameters.identifier, hard: true))
        } else if isSoft, !installed.hasReportedCount {
            installed.hasReportedCount = true
            reached.append(.expire(installed.parameters.identifier, hard: false))
        }
        states[key] = isOver ? nil : installed
    }
}
