package import Configuration
import IKESA
import Transport

/// Opens the sinks that settings and command line ask for, and replaces them when the settings change.
package final class LogSetup {
    private let log: LogHub
    private let options: DaemonOptions
    private var sinks: [any LogSink] = []
    /// Files that were begun in this run: a reload opens them again (their names may have been rotated away) and must
    /// not begin them anew.
    private var begun: Set<String> = []

    package init(log: LogHub, options: DaemonOptions) {
        self.log = log
        self.options = options
    }

    /// Puts the targets in force.
    ///
    /// Run by hand, the daemon always writes to the standard error stream; under systemd, where that stream is the
    /// journal, it writes structured entries in its place.
    ///
    /// - Parameter debugLevels: `charondebug` of ipsec.conf: for the sinks that no setting describes.
    /// - Returns: what could not be opened; the other sinks work.
    package func apply(_ targets: [LogTarget], debugLevels: [String: Int] = [:]) -> [String] {
        var next: [any LogSink] = []
        var failures: [String] = []
        for target in targets {
            do throws(SystemError) {
                next.append(try sink(for: target))
            } catch {
                failures.append("\(error)")
            }
        }
        if let usual = usualSink(targets, debugLevels) { next.append(usual) }
        let old = sinks
        sinks = next
        next.forEach(log.add)
        old.forEach(log.remove)
        return failures
    }

    private func usualSink(_ targets: [LogTarget], _ debugLevels: [String: Int]) -> (any LogSink)? {
        let levels = usualLevels(debugLevels)
        if JournalSink.isStandardError {
            return targets.contains { $0.destination == .journal } ? nil : JournalSink(levels: levels)
        }
        let isDescribed = targets.contains { $0.destination == .standardError }
        return isDescribed ? nil : FileSink(descriptor: 2, levels: levels)
    }

    private func usualLevels(_ debugLevels: [String: Int]) -> LogLevels {
        var levels = LogLevels(all: options.logLevel ?? 1)
        if options.logLevel == nil { levels.set(debugLevels) }
        for (group, level) in options.groupLevels { levels[group] = level }
        return levels
    }

    private func sink(for target: LogTarget) throws(SystemError) -> any LogSink {
        let levels = LogLevels(target)
        switch target.destination {
        case .file(let path):
            let isBegun = !begun.insert(path).inserted
            return try FileSink(
                path: path, append: target.append || isBegun, levels: levels, format: LogFormat(target),
                flushesEachLine: target.flushLine)
        case .standardOutput: return FileSink(descriptor: 1, levels: levels, format: LogFormat(target))
        case .standardError: return FileSink(descriptor: 2, levels: levels, format: LogFormat(target))
        case .journal: return JournalSink(levels: levels)
        case .syslog(let facility):
            return SyslogSink(
                facility: facility == "auth" ? .auth : .daemon, levels: levels, ikeName: target.ikeName,
                mapsLevel: target.mapLevel, identifier: target.identifier)
        }
    }
}

extension LogLevels {
    /// The levels of a target of the settings.
    init(_ target: LogTarget) {
        self.init(all: Int8(clamping: target.defaultLevel))
        set(target.levels)
    }

    /// Sets groups by their names; the loader of the settings has refused names that there are none of.
    mutating func set(_ levels: [String: Int]) {
        for (name, level) in levels {
            if let group = DaemonOptions.group(name) { self[group] = Int8(clamping: level) }
        }
    }
}

extension LogFormat {
    init(_ target: LogTarget) {
        self.init()
        timeFormat = target.timeFormat
        precision =
            switch target.timePrecision {
            case .seconds: .seconds
            case .milliseconds: .milliseconds
            case .microseconds: .microseconds
            }
        ikeName = target.ikeName
        logLevel = target.logLevel
        json = target.json
    }
}
