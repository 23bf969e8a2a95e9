private import Glibc
import IKESA
import IPsecModel
import OpenSSLCrypto
import Transport

/// The daemon as a process: chooses the parts, runs, and turns what stands in the way into an exit status.
package enum DaemonProcess {
    /// Runs the daemon until a signal ends it.
    package static func run(_ options: DaemonOptions) -> Int32 {
        let log = LogHub()
        log.add(FileSink(descriptor: 2, levels: levels(options)))
        do throws(StartFailure) {
            let loop = try makeLoop()
            var settings = EngineSettings()
            if let port = options.port { settings.port = port }
            if let port = options.natPort { settings.portNATT = port }
            let parts = DaemonParts(
                crypto: OpenSSLProvider(), backend: KernelBackend(kernel: NoKernel()), credentials: NoCredentials(),
                engineSettings: settings, viciSocket: options.viciSocket ?? "/run/charon.vici",
                identify: { Identification(fqdn: $0) }, certificateSubject: { _ in "?" })
            let daemon = try Daemon(options, parts: parts, loop: loop, log: log)
            daemon.run()
            return 0
        } catch {
            log.log(.dmn, 0, "cannot start: \(error)")
            log.flush()
            return 1
        }
    }

    /// Reads the configuration and says what is wrong with it.
    package static func check(_ options: DaemonOptions) -> Int32 { 0 }

    private static func makeLoop() throws(StartFailure) -> EventLoop {
        do throws(SystemError) {
            return try EventLoop()
        } catch {
            throw StartFailure("\(error)")
        }
    }

    private static func levels(_ options: DaemonOptions) -> LogLevels {
        var levels = LogLevels(all: options.logLevel ?? 1)
        for (group, level) in options.groupLevels { levels[group] = level }
        return levels
    }
}
