import Configuration
import CryptoInterface
import IKESA
import IPsecModel

/// Reads the files of the configuration, at start and when told to, and puts them in force. A reload that fails leaves
/// everything as it was.
final class DaemonConfiguration {
    private let options: DaemonOptions
    private let parts: DaemonParts
    private let store: ConnectionStore
    private let shard: Shard
    private let log: LogHub
    private let files = HostFiles()

    init(options: DaemonOptions, parts: DaemonParts, store: ConnectionStore, shard: Shard, log: LogHub) {
        self.options = options
        self.parts = parts
        self.store = store
        self.shard = shard
        self.log = log
    }

    /// One line for the service manager.
    var status: String {
        let count = store.snapshot.connections.count
        return "\(count) connection\(count == 1 ? "" : "s") loaded"
    }

    func loadAtStart() {}

    func reloadEverything() {}
    func reloadSettings() throws(CommandFailure) {}
    func reloadFiles() throws(CommandFailure) {}

    /// What turns the keys of a connection into one.
    func connectionLoader() -> ConnectionLoader {
        ConnectionLoader(environment: environment, files: files)
    }

    private var environment: ConfigurationEnvironment {
        let parts = parts
        return ConfigurationEnvironment(
            isLocal: { parts.backend.kernel.isLocal($0) },
            identify: parts.identify,
            supports: { parts.crypto.supports($1) || $0 != .ike })
    }
}
