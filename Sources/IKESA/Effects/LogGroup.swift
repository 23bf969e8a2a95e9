/// charon's log groups.
package enum LogGroup: UInt8, CaseIterable, Sendable {
    case dmn, mgr, ike, chd, job, wch, cfg, knl, net, asn, enc, tnc, imc, imv, pts, tls, app, esp, lib

    /// Three letters in capitals, as a log line starts with.
    package var name: String { "\(self)".uppercased() }
}

/// The highest level anybody listens to, for each group: -1 silent, 0 audit, 1 control, 2 control with detail,
/// 3 raw data, 4 private. Text that nobody reads is never built.
package struct LogLevels: Sendable, Equatable {
    private var levels: [Int8]

    package init(all level: Int8 = 1) {
        levels = Array(repeating: level, count: LogGroup.allCases.count)
    }

    package subscript(group: LogGroup) -> Int8 {
        get { levels[Int(group.rawValue)] }
        set { levels[Int(group.rawValue)] = newValue }
    }

    package func contains(_ group: LogGroup, _ level: Int8) -> Bool { levels[Int(group.rawValue)] >= level }

    /// What satisfies the listeners of both.
    package func union(_ other: LogLevels) -> LogLevels {
        var result = self
        for group in LogGroup.allCases { result[group] = max(self[group], other[group]) }
        return result
    }
}

/// One line of the log, with what it is about.
package struct LogLine: Equatable, Sendable {
    package var group: LogGroup
    package var level: Int8
    package var text: String
    /// Connection name and number of the IKE_SA, where the line belongs to one.
    package var ikeName: String?
    package var uniqueID: UInt32?
    /// The command that caused it, for `control-log`.
    package var command: CommandID?

    package init(
        group: LogGroup, level: Int8, text: String, ikeName: String? = nil, uniqueID: UInt32? = nil,
        command: CommandID? = nil
    ) {
        self.group = group
        self.level = level
        self.text = text
        self.ikeName = ikeName
        self.uniqueID = uniqueID
        self.command = command
    }
}
