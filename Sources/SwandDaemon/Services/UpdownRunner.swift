package import IKESA
import IPsecModel
package import Transport

/// Runs updown scripts beside the loop and logs what they print.
///
/// Those of one CHILD_SA run one after the other, and so do those of its successor: what a script for its end takes
/// away must not be what the script for the next one has just put there.
package final class UpdownRunner {
    private struct Subject: Hashable {
        let connection: String
        let child: String
        let local: [TrafficSelector]
        let remote: [TrafficSelector]

        init(_ call: UpdownCall) {
            connection = call.ike.name
            child = call.child.name
            local = call.child.localSelectors
            remote = call.child.remoteSelectors
        }
    }

    private let loop: EventLoop
    private let log: LogHub
    private var running: [Subject: ScriptProcess] = [:]
    private var waiting: [Subject: [UpdownCall]] = [:]
    /// Called when no script runs any more.
    package var idle: (() -> Void)?

    package init(loop: EventLoop, log: LogHub) {
        self.loop = loop
        self.log = log
    }

    package var isIdle: Bool { running.isEmpty }

    package func run(_ call: UpdownCall) {
        let child = Subject(call)
        if running[child] == nil { start(call) } else { waiting[child, default: []].append(call) }
    }

    /// Looks which scripts have ended; for SIGCHLD.
    package func reap() {
        for (child, process) in running {
            guard let status = process.reap() else { continue }
            process.drainOutput()
            report(status)
            running[child] = nil
            next(for: child)
        }
        if running.isEmpty { idle?() }
    }

    private func next(for child: Subject) {
        guard var queue = waiting.removeValue(forKey: child), !queue.isEmpty else { return }
        let call = queue.removeFirst()
        if !queue.isEmpty { waiting[child] = queue }
        start(call)
    }

    private func start(_ call: UpdownCall) {
        do throws(SystemError) {
            running[Subject(call)] = try ScriptProcess(
                command: call.script, environment: UpdownEnvironment.variables(for: call), loop: loop
            ) { [log] line in log.log(.chd, 1, "updown: \(line)") }
        } catch {
            log.log(.chd, 1, "updown script '\(call.script)' not run: \(error)")
            next(for: Subject(call))
        }
    }

    private func report(_ status: ScriptProcess.Exit) {
        switch status {
        case .code(0): break
        case .code(let code): log.log(.chd, 1, "updown script failed with exit code \(code)")
        case .signal(let signal): log.log(.chd, 1, "updown script was ended by signal \(signal)")
        }
    }
}
