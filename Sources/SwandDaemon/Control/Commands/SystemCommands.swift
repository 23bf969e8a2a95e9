private import CLinux
private import Glibc
import VICI

/// `version`, `stats`, `reload-settings` and `reload-configuration`: the daemon itself.
package struct SystemCommands: CommandGroup {
    package static let daemonName = "swand"

    private let control: any SAControl
    private let started: WallTime
    private let reloadSettings: () throws(CommandFailure) -> Void
    private let reloadConfiguration: () throws(CommandFailure) -> Void

    /// - Parameters:
    ///   - reloadSettings: reads the daemon settings anew.
    ///   - reloadConfiguration: reads ipsec.conf and ipsec.secrets anew.
    package init(
        control: any SAControl, started: WallTime,
        reloadSettings: @escaping () throws(CommandFailure) -> Void,
        reloadConfiguration: @escaping () throws(CommandFailure) -> Void
    ) {
        self.control = control
        self.started = started
        self.reloadSettings = reloadSettings
        self.reloadConfiguration = reloadConfiguration
    }

    package var commands: [ControlCommand] {
        [
            ControlCommand("version") { (_) throws(CommandFailure) in .answer(Self.version()) },
            ControlCommand("stats") { (_) throws(CommandFailure) in .answer(self.statistics()) },
            ControlCommand("reload-settings") { (_) throws(CommandFailure) in
                try self.reloadSettings()
                return .answer(.success)
            },
            ControlCommand("reload-configuration") { (_) throws(CommandFailure) in
                try self.reloadConfiguration()
                return .answer(.success)
            },
        ]
    }

    private static func version() -> VICIMessage {
        var system = utsname()
        uname(&system)
        var message = VICIMessage()
        message.set("daemon", daemonName)
        message.set("version", Version.current)
        message.set("sysname", text(&system.sysname))
        message.set("release", text(&system.release))
        message.set("machine", text(&system.machine))
        return message
    }

    /// `Linux 6.1.0, x86_64`
    package static var systemText: String {
        var system = utsname()
        uname(&system)
        return "\(text(&system.sysname)) \(text(&system.release)), \(text(&system.machine))"
    }

    /// The text of a fixed array of characters.
    private static func text<Characters>(_ characters: inout Characters) -> String {
        withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// One loop does all the work, so there are no workers and queues to count; the keys stay for their readers.
    private func statistics() -> VICIMessage {
        var message = VICIMessage()
        message.section("uptime") { uptime in
            uptime.set("running", ElapsedTime.words(max(0, WallTime.now().seconds - started.seconds)))
            uptime.set("since", started.formatted("%b %d %H:%M:%S %Y"))
        }
        message.section("workers") { workers in
            workers.set("total", 1)
            workers.set("idle", 0)
            workers.section("active", Self.priorities(critical: 1))
        }
        message.section("queues", Self.priorities(critical: 0))
        message.set("scheduled", 0)
        message.section("ikesas") { counts in
            counts.set("total", control.ikeSACount)
            counts.set("half-open", control.halfOpenCount)
        }
        message.list("plugins", [String]())
        message.section("mallinfo", Self.memory())
        return message
    }

    private static func priorities(critical: Int) -> VICIMessage {
        var section = VICIMessage()
        section.set("critical", critical)
        for name in ["high", "medium", "low"] { section.set(name, 0) }
        return section
    }

    private static func memory() -> VICIMessage {
        let information = mallinfo2()
        var section = VICIMessage()
        section.set("sbrk", information.arena)
        section.set("mmap", information.hblkhd)
        section.set("used", information.uordblks)
        section.set("free", information.fordblks)
        return section
    }
}
