import Configuration
import CryptoInterface
private import Glibc
import IKEEngine
import IKESA
import IPsecModel
import PKI
package import Transport

/// The daemon: one event loop with one shard, the control service and the services around them.
package final class Daemon {
    private let backend: KernelBackend
    private let loop: EventLoop
    private let log: LogHub
    private let notifier = ServiceNotifier()
    private let counters = Counters()
    private let distributor: EventDistributor
    private let store = ConnectionStore()
    private let updown: UpdownRunner
    private let shard: Shard
    private let control: ControlService
    private let pidFile: PIDFile?
    private var resolver: NameResolver?
    private var signals: SignalWatcher?
    private var watchdog: Watchdog?
    private var shutdownDeadline: LoopTimer?
    private var statusTimer: LoopTimer?
    private let configuration: DaemonConfiguration

    /// Scripts that still run get this long before the daemon leaves without them.
    private static let scriptPatience: Duration = .seconds(5)

    // MARK: Start

    /// Opens sockets and takes the process number; ``run()`` touches the kernel and loads the configuration.
    ///
    /// - Throws: what stands in the way, in words for the administrator.
    package init(
        _ options: DaemonOptions, parts: DaemonParts, loop: EventLoop, log: LogHub, logSetup: LogSetup
    ) throws(StartFailure) {
        self.loop = loop
        self.log = log
        backend = parts.backend
        pidFile = try Self.takePIDFile(options.pidFile)
        let environment = CoreEnvironment(
            crypto: parts.crypto, kernel: parts.backend.kernel, credentials: parts.credentials,
            settings: EngineSettings(parts.settings))
        let sockets = try Self.openSockets(environment.settings, Self.families(parts.settings), parts.backend)
        environment.settings.port = sockets.ports.ike
        environment.settings.portNATT = sockets.ports.natTraversal
        shard = Shard(engine: Engine(environment: environment), backend: parts.backend, loop: loop, log: log)
        updown = UpdownRunner(loop: loop, log: log)
        distributor = EventDistributor(counters: counters)
        let authorities = AuthorityStore(credentials: parts.credentials)
        configuration = DaemonConfiguration(
            options: options, parts: parts, store: store, authorities: authorities, shard: shard, log: log,
            logSetup: logSetup)
        control = ControlService(
            loop: loop, log: log, control: shard,
            groups: Self.commandGroups(
                parts: parts, shard: shard, store: store, authorities: authorities, counters: counters,
                configuration: configuration, log: log))
        do throws(SystemError) {
            try connect(sockets)
            try control.listen(at: parts.settings.controlSocket, group: try Self.controlGroup(parts.settings))
        } catch {
            throw StartFailure(
                error.isAddressInUse
                    ? "another daemon answers at \(parts.settings.controlSocket); choose another control socket"
                    : "\(error)")
        }
        if parts.settings.user != nil {
            log.log(.cfg, 1, "the setting 'user' has no effect yet: the daemon stays root")
        }
        for (family, error) in sockets.missing {
            log.log(.net, 1, "no \(family == .v4 ? "IPv4" : "IPv6") sockets: \(error)")
        }
    }

    private static func takePIDFile(_ path: String) throws(StartFailure) -> PIDFile? {
        guard !path.isEmpty else { return nil }
        do throws(SystemError) {
            return try PIDFile(path: path)
        } catch {
            throw StartFailure(
                error.code == EAGAIN ? "swand is running already: \(path) is held by another process" : "\(error)")
        }
    }

    private static func families(_ settings: DaemonSettings) -> [IPAddress.Family] {
        (settings.useIPv4 ? [.v4] : []) + (settings.useIPv6 ? [.v6] : [])
    }

    /// The number of the group that may use the control socket.
    private static func controlGroup(_ settings: DaemonSettings) throws(SystemError) -> UInt32? {
        guard let name = settings.group else { return nil }
        guard let entry = getgrnam(name) else { throw SystemError("find the group '\(name)'", code: ENOENT) }
        return entry.pointee.gr_gid
    }

    private static func openSockets(
        _ settings: EngineSettings, _ families: [IPAddress.Family], _ backend: KernelBackend
    ) throws(StartFailure) -> IKESockets {
        guard !families.isEmpty else {
            throw StartFailure("the settings use_ipv4 and use_ipv6 are both off: there is nothing to listen on")
        }
        do throws(SystemError) {
            let ports = IKESockets.Ports(ike: settings.port, natTraversal: settings.portNATT)
            return try IKESockets(ports: ports, families: families, prepare: backend.prepareSocket)
        } catch {
            guard error.isAddressInUse else { throw StartFailure("\(error)") }
            throw StartFailure(
                "UDP port \(settings.port) or \(settings.portNATT) is taken: is another IKE daemon running? (\(error))")
        }
    }

    private static func commandGroups(
        parts: DaemonParts, shard: Shard, store: ConnectionStore, authorities: AuthorityStore, counters: Counters,
        configuration: DaemonConfiguration, log: LogHub
    ) -> [any CommandGroup] {
        let subject: ([UInt8]) -> String = { der in (try? Certificate(der: der).subject.description) ?? "(unreadable)" }
        return [
            SystemCommands(
                control: shard, started: .now(),
                reloadSettings: { () throws(CommandFailure) in try configuration.reloadSettings() },
                reloadConfiguration: { () throws(CommandFailure) in try configuration.reloadFiles() }),
            EngineCommands(), ListingCommands(control: shard), CounterCommands(counters: counters),
            ConnectionCommands(
                store: store, log: log, loader: { configuration.connectionLoader() }, subject: subject),
            AuthorityCommands(
                store: authorities, loader: AuthorityLoader(files: parts.files), log: log, subject: subject),
            CredentialCommands(
                credentials: parts.credentials, authorities: authorities, log: log,
                connections: { store.snapshot.connections }),
            AlgorithmCommands(crypto: parts.crypto), UnsupportedCommands(),
        ]
    }

    private func connect(_ sockets: IKESockets) throws(SystemError) {
        distributor.control = control
        shard.observer = distributor
        shard.service = { [unowned self] in self.serve($0) }
        resolver = try NameResolver(loop: loop) { [unowned self] token, addresses in
            self.shard.resolved(token: token, addresses: addresses)
        }
        log.levelsChanged = { [unowned self] in self.shard.setLogLevels($0) }
        store.changed = { [unowned self] in self.shard.update($0) }
        loop.endOfTurn = { [unowned self] in self.log.flush() }
        signals = try SignalWatcher(loop: loop, signals: [SIGTERM, SIGINT, SIGHUP, SIGCHLD]) { [unowned self] in
            self.signal($0)
        }
        SignalWatcher.ignoreBrokenPipes()
        try shard.start(sockets: sockets)
    }

    // MARK: Running

    /// Runs until a signal ends the daemon; everything is taken back then.
    package func run() {
        backend.start(IKESockets.Ports(ike: shard.settings.port, natTraversal: shard.settings.portNATT))
        shard.followNetwork()
        configuration.loadAtStart()
        watchdog = Watchdog(loop: loop, notifier: notifier)
        notifier.ready(status: status)
        log.log(.dmn, 1, "ready: \(configuration.status)")
        watchCounts()
        loop.run()
        log.flush()
    }

    private func serve(_ request: ServiceRequest) {
        switch request {
        case .resolve(let name, let token): resolver?.resolve(name, token: token)
        case .updown(let call): updown.run(call)
        }
    }

    private func signal(_ number: Int32) {
        switch number {
        case SIGCHLD: updown.reap()
        case SIGHUP: reload()
        default:
            log.log(.dmn, 1, "SIG\(number == SIGINT ? "INT" : "TERM") received, shutting down")
            shutDown()
        }
    }

    private func reload() {
        log.log(.dmn, 1, "SIGHUP received, reloading configuration")
        notifier.reloading()
        configuration.reloadEverything()
        notifier.ready(status: status)
    }

    // MARK: Status

    private var status: String {
        let count = shard.ikeSACount
        return "\(configuration.status), \(count) IKE_SA\(count == 1 ? "" : "s")"
    }

    /// Keeps the service manager informed, once a second at most.
    private func watchCounts() {
        let timer = loop.makeTimer { [unowned self] _ in self.notifier.status(self.status) }
        statusTimer = timer
        distributor.countChanged = {
            if timer.deadline == nil { timer.deadline = MonotonicClock.now() + .seconds(1) }
        }
    }

    // MARK: Shutdown

    private func shutDown() {
        // Whoever asks twice does not want to wait for scripts.
        guard shutdownDeadline == nil else { return finish() }
        notifier.stopping()
        shard.shutdown()
        // After the shard, so that clients hear of what it closes.
        control.stop()
        let deadline = loop.makeTimer { [unowned self] _ in self.finish() }
        shutdownDeadline = deadline
        updown.idle = { [unowned self] in self.finish() }
        deadline.deadline = MonotonicClock.now() + (updown.isIdle ? .zero : Self.scriptPatience)
    }

    private func finish() {
        shutdownDeadline?.deadline = nil
        statusTimer?.deadline = nil
        if !updown.isIdle { log.log(.dmn, 1, "updown scripts are still running, leaving without them") }
        pidFile?.remove()
        loop.stop()
    }
}
