import VICI

/// The lines about the daemon itself in `ipsec statusall`.
enum DaemonStatus {
    static func lines(version: VICIMessage, stats: VICIMessage) -> [String] {
        var lines = [title(version)]
        if let running = stats.shown("uptime", "running") {
            lines.append("  uptime: \(running), since \(stats.shown("uptime", "since") ?? "?")")
        }
        if let memory = stats.section("mallinfo") {
            let parts = ["sbrk", "mmap", "used", "free"].map { "\($0) \(memory.shown($0) ?? "0")" }
            lines.append("  malloc: \(parts.joined(separator: ", "))")
        }
        if stats.section("workers") != nil { lines.append(workers(stats)) }
        let plugins = stats.shownList("plugins")
        if !plugins.isEmpty { lines.append("  loaded plugins: \(plugins.joined(separator: " "))") }
        return lines
    }

    private static func title(_ version: VICIMessage) -> String {
        let daemon = version.shown("daemon") ?? "?"
        let project = daemon.hasPrefix("charon") ? "strongSwan" : "swand"
        let parts = [
            "\(project) \(version.shown("version") ?? "?")",
            "\(version.shown("sysname") ?? "?") \(version.shown("release") ?? "?")", version.shown("machine") ?? "?",
        ]
        return "Status of IKE \(daemon) daemon (\(parts.joined(separator: ", "))):"
    }

    private static func workers(_ stats: VICIMessage) -> String {
        let classes = ["critical", "high", "medium", "low"]
        let working = classes.map { stats.shown("workers", "active", $0) ?? "0" }.joined(separator: "/")
        let queued = classes.map { stats.shown("queues", $0) ?? "0" }.joined(separator: "/")
        let idle = stats.shown("workers", "idle") ?? "0"
        let total = stats.shown("workers", "total") ?? "0"
        return "  worker threads: \(idle) of \(total) idle, \(working) working, job queue: \(queued), "
            + "scheduled: \(stats.shown("scheduled") ?? "0")"
    }
}
