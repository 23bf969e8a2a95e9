internal import Glibc

/// Starts and stops the daemon.
package protocol DaemonService: AnyObject {
    /// - Throws: ``ControlError/unusable(_:)`` when it could not be started.
    func start(_ arguments: [String]) throws(ControlError)
    /// - Throws: ``ControlError/unusable(_:)`` when it could not be stopped.
    func stop() throws(ControlError)
}

/// systemd where it runs, otherwise a process of our own.
package final class SystemService: DaemonService {
    private static let name = "swand"
    private static let systemdFolder = "/run/systemd/system"
    /// How long starting and stopping may take, in steps of 100 ms.
    private static let patienceSteps = 100

    package init() {}

    package func start(_ arguments: [String]) throws(ControlError) {
        if hasSystemd, arguments.isEmpty {
            try run(["systemctl", "start", SystemService.name])
        } else {
            try spawnDaemon(arguments)
            try wait(for: "start") { (try? UnixChannel(to: .configured())) != nil }
        }
    }

    package func stop() throws(ControlError) {
        if hasSystemd, isUnitActive() {
            try run(["systemctl", "stop", SystemService.name])
        } else {
            let process = try daemonProcess()
            guard kill(process, SIGTERM) == 0 else {
                throw .unusable("stopping process \(process) failed: \(systemMessage(errno))")
            }
            try wait(for: "stop") { kill(process, 0) != 0 }
        }
    }

    private var hasSystemd: Bool { access(SystemService.systemdFolder, F_OK) == 0 }

    private func isUnitActive() -> Bool {
        (try? run(["systemctl", "--quiet", "is-active", SystemService.name])) != nil
    }

    /// The process behind the control socket, if it is the daemon.
    private func daemonProcess() throws(ControlError) -> Int32 {
        let process = try UnixChannel(to: .configured()).peerProcess
        let command = try FileSystem.text("/proc/\(process)/comm")
        guard command == "\(SystemService.name)\n" else {
            throw .unusable("the control socket belongs to process \(process), which is not \(SystemService.name)")
        }
        return process
    }

    private func wait(for what: String, until isDone: () -> Bool) throws(ControlError) {
        for _ in 0..<SystemService.patienceSteps {
            if isDone() { return }
            usleep(100_000)
        }
        throw .unusable("\(SystemService.name) did not \(what) in time; see its log")
    }

    /// Runs a program and waits for it.
    private func run(_ words: [String]) throws(ControlError) {
        let process = try ChildProcess.spawn(words, detached: false)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw .unusable("'\(words.joined(separator: " "))' failed") }
    }

    /// The daemon beside this program, or the one on the search path.
    private func spawnDaemon(_ arguments: [String]) throws(ControlError) {
        let beside = FileSystem.folder(of: ChildProcess.ownPath) + "/" + SystemService.name
        let program = access(beside, X_OK) == 0 ? beside : SystemService.name
        _ = try ChildProcess.spawn([program] + arguments, detached: true)
    }
}
