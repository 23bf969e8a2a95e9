private import Glibc
package import IKESA

/// Writes lines to syslog(3) (`syslog` of strongswan.conf).
package final class SyslogSink: LogSink {
    package enum Facility: String, CaseIterable, Sendable {
        case daemon, auth

        var number: Int32 { self == .daemon ? LOG_DAEMON : LOG_AUTHPRIV }
    }

    package let levels: LogLevels
    private let facility: Facility
    private let format: LogFormat
    private let mapsLevel: Bool

    /// - Parameters:
    ///   - mapsLevel: whether the level decides the priority; else all lines are informational.
    ///   - identifier: what precedes each line; it is one for the whole process.
    package init(
        facility: Facility, levels: LogLevels, ikeName: Bool, mapsLevel: Bool = false, identifier: String?
    ) {
        self.facility = facility
        self.levels = levels
        var format = LogFormat()
        format.ikeName = ikeName
        self.format = format
        self.mapsLevel = mapsLevel
        Self.open(identifier ?? "swand")
    }

    package func write(_ line: LogLine, at time: WallTime) {
        let priority = facility.number | (mapsLevel ? Self.priority(line.level) : LOG_INFO)
        for row in format.render(line, at: time).split(separator: "\n") {
            String(row).withCString { text in
                withVaList([text]) { vsyslog(priority, "%s", $0) }
            }
        }
    }

    private static func priority(_ level: Int8) -> Int32 {
        switch level {
        case ...0: LOG_NOTICE
        case 1: LOG_INFO
        default: LOG_DEBUG
        }
    }

    /// openlog(3) keeps the pointer, so the identifier must live as long as the process.
    private static func open(_ identifier: String) {
        openlog(strdup(identifier), 0, LOG_DAEMON)
    }
}
