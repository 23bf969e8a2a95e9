import ArgumentParser
import SwandDaemon

extension DaemonOptions.KernelChoice: ExpressibleByArgument {}

/// A log level on the command line.
struct LevelArgument: ExpressibleByArgument {
    let level: Int8

    init?(argument: String) {
        guard let level = DaemonOptions.level(argument) else { return nil }
        self.level = level
    }
}

/// `ike=2` on the command line.
struct GroupLevelArgument: ExpressibleByArgument {
    let group: DaemonOptions.Group
    let level: Int8

    init?(argument: String) {
        let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let group = DaemonOptions.group(parts[0]), let level = DaemonOptions.level(parts[1])
        else { return nil }
        self.group = group
        self.level = level
    }
}
