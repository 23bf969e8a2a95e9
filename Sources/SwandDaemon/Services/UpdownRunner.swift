package import IKESA
package import Transport

/// Runs updown scripts beside the loop, those of one CHILD_SA one after the other, and logs what they print.
package final class UpdownRunner {
    private let loop: EventLoop
    private let log: LogHub
    private var running: [UInt32: ScriptProcess] = [:]
    private var waiting: [UInt32: [UpdownCall]] = [:]
    /// Called when no script runs any more.
    package var idle: (() -> Void)?

    package init(loop: EventLoop, log: LogHub) {
        self.loop = loop
        self.log = log
    }

    package var isIdle: Bool { running.isEmpty }

    package func run(_ call: UpdownCall) {
        let child = call.child.uniqueID
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

    private func next(for child: UInt32) {
        guard var queue = waiting.removeValue(forKey: child), !queue.isEmpty else { return }
        let call = queue.removeFirst()
        if !queue.isEmpty { waiting[child] = queue }
        start(call)
    }

    private func start(_ call: UpdownCall) {
        do throws(SystemError) {
            running[call.child.uniqueID] = try ScriptProcess(
                command: call.script, environment: UpdownEnvironment.variables(for: call), loop: loop
            ) { [log] line in log.log(.chd, 1, "updown: \(line)") }
        } catch {
            log.log(.chd, 1, "updown script '\(call.script)' not run: \(error)")
            next(for: call.child.uniqueID)
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
