import Configuration
import IKESA
import IPsecModel
import PKI

/// Reads the configuration at start and when told to, and puts it in force.
///
/// At start every good section counts, whatever is wrong with others. A reload never takes away what runs because of a
/// mistake: settings, connections and secrets stay as they were where the new text has errors.
final class DaemonConfiguration {
    private let reader: ConfigurationReader
    private let parts: DaemonParts
    private let store: ConnectionStore
    private let authorities: AuthorityStore
    private let shard: Shard
    private let log: LogHub
    private let logSetup: LogSetup
    private var settings: DaemonSettings
    private var debugLevels: [String: Int] = [:]

    init(
        options: DaemonOptions, parts: DaemonParts, store: ConnectionStore, authorities: AuthorityStore, shard: Shard,
        log: LogHub, logSetup: LogSetup
    ) {
        reader = ConfigurationReader(options: options, files: parts.files)
        self.parts = parts
        self.store = store
        self.authorities = authorities
        self.shard = shard
        self.log = log
        self.logSetup = logSetup
        settings = parts.settings
        parts.credentials.rules = TrustRules(settings)
    }

    /// One line for the service manager.
    var status: String {
        let count = store.snapshot.connections.count
        return "\(count) connection\(count == 1 ? "" : "s") loaded"
    }

    /// What reading connections needs to know of the machine.
    var environment: ConfigurationEnvironment {
        .daemon(crypto: parts.crypto, kernel: parts.backend.kernel, replayWindow: settings.replayWindow)
    }

    /// What turns the keys of a connection into one.
    func connectionLoader() -> ConnectionLoader { ConnectionLoader(environment: environment, files: parts.files) }

    // MARK: Start

    func loadAtStart() {
        let files = reader.readFiles(environment)
        files.diagnostics.forEach(log.report)
        apply(files.connections.setup)
        apply(files.credentials)
        authorities.replaceFiles(files.connections.authorities)
        warnOfFirewalls(files.connections.connections)
        store.replaceFiles(files.connections.connections)
    }

    /// A tunnel whose rules somebody relies on must not come up without them and without a word.
    private func warnOfFirewalls(_ connections: [PeerConfig]) {
        for peer in connections where peer.children.contains(where: \.firewall) {
            log.log(.cfg, 0, "connection '\(peer.name)': leftfirewall installs no rules yet; write a leftupdown script")
        }
    }

    // MARK: Reload

    /// Everything anew, after SIGHUP; what is wrong is in the log.
    func reloadEverything() {
        for step in [reloadSettings, reloadFiles] {
            do throws(CommandFailure) {
                try step()
            } catch {
                log.log(.cfg, 0, error.reason)
            }
        }
    }

    /// Daemon settings and log targets; ports and the control socket stay as they were opened.
    func reloadSettings() throws(CommandFailure) {
        let loaded = reader.readSettings()
        loaded.diagnostics.forEach(log.report)
        if let error = loaded.diagnostics.first(where: { $0.severity == .error }) {
            throw CommandFailure("the daemon settings stay as they were: \(error)")
        }
        var engine = EngineSettings(loaded.settings)
        engine.port = shard.settings.port
        engine.portNATT = shard.settings.portNATT
        engine.maxPacket = shard.settings.maxPacket
        settings = loaded.settings
        parts.credentials.rules = TrustRules(settings)
        shard.update(settings: engine)
        applyLogs()
        log.log(.cfg, 1, "loaded daemon settings\(loaded.file.map { " from \($0)" } ?? "")")
    }

    /// ipsec.conf, ipsec.secrets and the certificates beside them.
    func reloadFiles() throws(CommandFailure) {
        let files = reader.readFiles(environment)
        files.diagnostics.forEach(log.report)
        if !files.secrets.hasErrors { apply(files.credentials) }
        apply(files.connections.setup)
        authorities.replaceFiles(files.connections.authorities)
        warnOfFirewalls(files.connections.connections)
        store.replaceFiles(reloaded(files.connections))
        log.log(.cfg, 1, "configuration reloaded, \(status)")
        if let failure = Self.failure(of: files) { throw failure }
    }

    private func reloaded(_ next: IPsecConfiguration) -> [PeerConfig] {
        let errors = next.diagnostics.filter { $0.severity == .error }
        // An error outside of all sections may have hidden any of them.
        let isWholeFile = errors.contains { $0.section.isEmpty }
        let broken = Set(errors.map { String($0.section.drop { $0 != " " }.dropFirst()) })
        let result = ReloadedConnections(next.connections, replacing: store.snapshot.fromFiles) { name in
            isWholeFile || broken.contains(name)
        }
        for name in result.kept { log.log(.cfg, 1, "connection '\(name)' stays as it was") }
        return result.connections
    }

    private static func failure(of files: ConfigurationReader.Files) -> CommandFailure? {
        let errors = files.diagnostics.filter { $0.severity == .error }
        guard let first = errors.first else { return nil }
        let more = errors.count > 1 ? " (and \(errors.count - 1) more, see the log)" : ""
        let kept = files.secrets.hasErrors ? "; the secrets stay as they were" : ""
        return CommandFailure("\(first)\(more)\(kept)")
    }

    // MARK: In force

    private func apply(_ credentials: FileCredentials) {
        for problem in credentials.problems + credentials.replace(in: parts.credentials) {
            log.log(.cfg, 1, problem)
        }
    }

    private func apply(_ setup: IPsecSetup) {
        guard debugLevels != setup.logLevels else { return }
        debugLevels = setup.logLevels
        applyLogs()
    }

    private func applyLogs() {
        for failure in logSetup.apply(settings.logs, debugLevels: debugLevels) { log.log(.cfg, 0, failure) }
    }
}

extension LogHub {
    /// What reading a configuration has to tell.
    func report(_ diagnostic: Diagnostic) {
        log(.cfg, diagnostic.severity == .error ? 0 : 1, "\(diagnostic)")
    }
}
