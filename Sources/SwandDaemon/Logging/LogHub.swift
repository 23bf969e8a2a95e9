package import IKESA

/// Takes every log line of the daemon and hands it to the sinks that want it.
package final class LogHub {
    private var sinks: [any LogSink] = []
    /// The union of what all sinks want.
    package private(set) var levels = LogLevels(all: -1)
    /// Called when ``levels`` may have changed, so that the core builds what is wanted and no more.
    package var levelsChanged: ((LogLevels) -> Void)?

    package init() {}

    package func add(_ sink: any LogSink) {
        sinks.append(sink)
        refreshLevels()
    }

    package func remove(_ sink: any LogSink) {
        sink.flush()
        sinks.removeAll { $0 === sink }
        refreshLevels()
    }

    /// Reads the levels of all sinks anew; for a sink whose wishes changed.
    package func refreshLevels() {
        levels = sinks.reduce(LogLevels(all: -1)) { $0.union($1.levels) }
        levelsChanged?(levels)
    }

    package func write(_ line: LogLine) {
        guard levels.contains(line.group, line.level) else { return }
        let now = WallTime.now()
        for sink in sinks where sink.levels.contains(line.group, line.level) { sink.write(line, at: now) }
    }

    package func log(_ group: LogGroup, _ level: Int8, _ text: @autoclosure () -> String) {
        guard levels.contains(group, level) else { return }
        write(LogLine(group: group, level: level, text: text()))
    }

    package func flush() { sinks.forEach { $0.flush() } }
}
