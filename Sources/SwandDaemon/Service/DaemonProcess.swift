private import CLinux
import Configuration
import CryptoInterface
private import Glibc
import IKESA
import IPsecModel
import OpenSSLCrypto
import PKI
import Transport

/// The daemon as a process: chooses the parts, runs, and turns what stands in the way into an exit status.
package enum DaemonProcess {
    /// Runs the daemon until a signal ends it.
    package static func run(_ options: DaemonOptions) -> Int32 {
        hideMemory()
        let log = LogHub()
        let logSetup = LogSetup(log: log, options: options)
        let files = HostFiles()
        let loaded = ConfigurationReader(options: options, files: files).readSettings()
        for failure in logSetup.apply(loaded.settings.logs) { log.log(.cfg, 0, failure) }
        do throws(StartFailure) {
            try start(options, loaded, files, log, logSetup).run()
            return 0
        } catch {
            log.log(.dmn, 0, "cannot start: \(error)")
            log.flush()
            return 1
        }
    }

    /// Keys stand in memory: it goes into no core dump.
    /// - Returns: whether the kernel agreed.
    @discardableResult
    package static func hideMemory() -> Bool { swand_hide_memory() == 0 && swand_is_memory_hidden() == 1 }

    private static func start(
        _ options: DaemonOptions, _ loaded: LoadedDaemonSettings, _ files: HostFiles, _ log: LogHub,
        _ logSetup: LogSetup
    ) throws(StartFailure) -> Daemon {
        log.log(.dmn, 1, "Starting IKE daemon (swand \(Version.current), \(SystemCommands.systemText))")
        if let path = options.settingsPath, !files.exists(path) {
            throw StartFailure("there is no file \(path)")
        }
        loaded.diagnostics.forEach(log.report)
        do throws(CryptoError) {
            try OpenSSLProvider.selfTest()
        } catch {
            throw StartFailure("libcrypto does not calculate what it should: \(error.description)")
        }
        let loop = try makeLoop()
        let parts = DaemonParts(
            crypto: OpenSSLProvider(), backend: try .make(options, settings: loaded.settings, log: log),
            credentials: MemoryCredentialStore(), settings: loaded.settings, files: files)
        return try Daemon(options, parts: parts, loop: loop, log: log, logSetup: logSetup)
    }

    private static func makeLoop() throws(StartFailure) -> EventLoop {
        do throws(SystemError) {
            return try EventLoop()
        } catch {
            throw StartFailure("\(error)")
        }
    }

    // MARK: Check

    /// Reads the configuration and writes what is wrong with it to the standard output: 0 without errors.
    package static func check(_ options: DaemonOptions) -> Int32 {
        let files = HostFiles()
        let reader = ConfigurationReader(options: options, files: files)
        let loaded = reader.readSettings()
        let environment = ConfigurationEnvironment.daemon(
            crypto: OpenSSLProvider(), kernel: StandInKernel(), replayWindow: loaded.settings.replayWindow)
        let read = reader.readFiles(environment)
        let diagnostics = loaded.diagnostics + read.diagnostics
        diagnostics.forEach { print($0) }
        read.credentials.problems.forEach { print($0) }
        CredentialAudit(read.credentials).problems(of: read.connections.connections).forEach { print($0) }
        let errors = diagnostics.count { $0.severity == .error }
        let connections = read.connections.connections.count
        print("\(connections) connection\(connections == 1 ? "" : "s"), \(errors) error\(errors == 1 ? "" : "s")")
        return errors == 0 ? 0 : 1
    }
}
