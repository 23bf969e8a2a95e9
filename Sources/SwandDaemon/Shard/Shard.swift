package import IKEEngine
package import IKESA
package import IPsecModel
package import Transport

/// One engine with its sockets, kernel events and timer on an event loop: turns what happens outside into inputs, and
/// carries out the effects in order.
package final class Shard {
    private let engine: Engine
    private let loop: EventLoop
    private let log: LogHub
    private let backend: KernelBackend
    private let batch: DatagramBatch
    private var sockets: IKESockets?
    private var timer: LoopTimer?
    private var effects: Effects
    private var isExecuting = false
    /// The datagram that the engine looks at; reused.
    private var datagram: [UInt8] = []
    /// Who is told of events and completed commands.
    package weak var observer: (any SAObserver)?
    /// Carries out requests whose answer comes later.
    package var service: ((ServiceRequest) -> Void)?

    package init(engine: Engine, backend: KernelBackend, loop: EventLoop, log: LogHub) {
        self.engine = engine
        self.backend = backend
        self.loop = loop
        self.log = log
        batch = DatagramBatch(maxPacket: engine.environment.settings.maxPacket)
        effects = Effects(logLevels: log.levels)
        timer = loop.makeTimer { [unowned self] now in
            self.input(at: now) { engine, effects in engine.advance(to: now, into: &effects) }
        }
    }

    /// Starts to receive from the sockets and from the kernel.
    package func start(sockets: IKESockets) throws(SystemError) {
        self.sockets = sockets
        for member in sockets.members {
            try loop.register(member.socket.descriptor, for: .readable) { [unowned self] _ in self.receive(member) }
        }
        if let events = backend.events {
            for descriptor in events.descriptors {
                try loop.register(descriptor, for: .readable) { [unowned self] _ in self.kernelReady(events) }
            }
        }
        rearm()
    }

    /// Text below these levels is not built any more.
    package func setLogLevels(_ levels: LogLevels) { effects.logLevels = levels }

    // MARK: Inputs

    /// Gives the engine one input and carries out what it asks for.
    ///
    /// An input that comes while effects are carried out (the next command of a client whose command was just
    /// completed) adds its effects behind those.
    private func input(
        at now: Instant = MonotonicClock.now(), _ body: (Engine, inout Effects) -> Void
    ) {
        body(engine, &effects)
        execute()
        rearm()
    }

    private func receive(_ member: IKESockets.Member) {
        let count = member.socket.receive(into: batch)
        guard count > 0 else { return }
        let now = MonotonicClock.now()
        for slot in 0..<count { receive(slot, from: member, at: now) }
        execute()
        rearm()
    }

    private func receive(_ slot: Int, from member: IKESockets.Member, at now: Instant) {
        guard let path = member.socket.path(slot, in: batch) else { return }
        if let accepts = backend.accepts, !accepts(batch.interfaceIndex(slot)) {
            log.log(.net, 1, "dropped a packet from \(path.remote): it came in by an interface that is not used")
            return
        }
        guard !batch.isOversized(slot) else {
            return engine.dropped("it is larger than \(batch.maxPacket) bytes", on: path, at: now, into: &effects)
        }
        let bytes = batch.bytes(slot)
        if member.isNATTraversal, NonESPMarker.classify(bytes) == .malformed {
            return engine.dropped("it is neither IKE nor ESP", on: path, at: now, into: &effects)
        }
        guard let start = Self.messageStart(bytes, isNATTraversal: member.isNATTraversal) else { return }
        datagram.removeAll(keepingCapacity: true)
        datagram.append(contentsOf: bytes[start...])
        engine.receive(&datagram, on: path, at: now, into: &effects)
    }

    /// Where IKE starts in a datagram; `nil` where there is none: a keepalive, or ESP for an SA that is gone.
    private static func messageStart(_ bytes: UnsafeRawBufferPointer, isNATTraversal: Bool) -> Int? {
        guard isNATTraversal else { return bytes.count == 1 ? nil : 0 }
        return NonESPMarker.classify(bytes) == .ike ? NonESPMarker.size : nil
    }

    private func kernelReady(_ source: any KernelEventSource) {
        let now = MonotonicClock.now()
        for event in source.read() { engine.kernelEvent(event, at: now, into: &effects) }
        execute()
        rearm()
    }

    package func resolved(token: UInt64, addresses: [IPAddress]) {
        let now = MonotonicClock.now()
        input(at: now) { $0.resolved(token: token, addresses: addresses, at: now, into: &$1) }
    }

    /// Follows a change of the configured connections.
    package func update(_ change: ConnectionStore.Change) {
        let now = MonotonicClock.now()
        input(at: now) { engine, effects in
            switch change {
            case .all(let connections): engine.update(connections: connections, at: now, into: &effects)
            case .loaded(let connection): engine.load(connection, closesStarted: true, at: now, into: &effects)
            case .unloaded(let name): engine.unload(name, closesStarted: true, at: now, into: &effects)
            }
        }
    }

    package var settings: EngineSettings { engine.environment.settings }

    /// New settings, for everything that starts from now on.
    package func update(settings: EngineSettings) {
        engine.environment.settings = settings
        followNetwork()
    }

    /// Puts in place what depends on this machine's networks alone.
    package func followNetwork() {
        let now = MonotonicClock.now()
        input(at: now) { $0.followNetwork(at: now, into: &$1) }
    }

    /// Closes every SA: says so to the peers and takes back what the kernel has.
    package func shutdown() {
        let now = MonotonicClock.now()
        input(at: now) { $0.shutdown(at: now, into: &$1) }
        timer?.deadline = nil
        sockets?.members.forEach { loop.unregister($0.socket.descriptor) }
        backend.events?.descriptors.forEach { loop.unregister($0) }
        backend.stop()
    }

    // MARK: Effects

    private func execute() {
        guard !isExecuting else { return }
        isExecuting = true
        defer { isExecuting = false }
        while !effects.list.isEmpty {
            for effect in effects.drain() { execute(effect) }
        }
    }

    private func execute(_ effect: Effect) {
        switch effect {
        case .transmit(let bytes, let path, let dscp): transmit(bytes, on: path, dscp: dscp)
        case .log(let line): log.write(line)
        case .event(let event): observer?.event(event)
        case .complete(let id, let outcome): observer?.complete(id, outcome)
        case .service(let request): service?(request)
        }
    }

    private func transmit(_ bytes: [UInt8], on path: Path, dscp: UInt8) {
        do throws(SystemError) {
            try sockets?.send(bytes, on: path, dscp: dscp)
        } catch {
            log.log(.net, 1, "error writing to socket: \(error.reason) (packet to \(path.remote))")
        }
    }

    private func rearm() { timer?.deadline = engine.nextDeadline }
}

extension Shard: SAControl {
    package func perform(_ command: Command, id: CommandID) {
        let now = MonotonicClock.now()
        input(at: now) { $0.perform(command, id: id, at: now, into: &$1) }
    }

    package func abandon(_ id: CommandID) { engine.abandon(id) }
    package var ikeSAIDs: [UInt32] { engine.ikeSAIDs }
    package func ikeSA(_ uniqueID: UInt32) -> IKESASnapshot? { engine.ikeSA(uniqueID, at: MonotonicClock.now()) }
    package func policies() -> [PolicySnapshot] { engine.policies() }
    package var ikeSACount: Int { engine.ikeSACount }
    package var halfOpenCount: Int { engine.halfOpenCount }
}
