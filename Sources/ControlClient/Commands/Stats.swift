import VICI

extension Command {
    /// Shows how the daemon is doing.
    static let stats = Command("stats", ["S"], "show daemon stats information") { (context) throws(ControlError) in
        try context.answer("stats") { stats in
            [
                line(stats, "uptime", "uptime: ", ["running": "", "since": ", since "]),
                workers(stats),
                queues(stats, "queues").map { "job queues: \($0)" },
                stats.shown("scheduled").map { "jobs scheduled: \($0)" },
                stats.section("ikesas").map { sas in
                    "IKE_SAs: \(sas.shown("total") ?? "0") total, \(sas.shown("half-open") ?? "0") half-open"
                },
                stats.section("mem").map { memory in
                    "memory usage: \(memory.shown("total") ?? "0") bytes, "
                        + "\(memory.shown("allocs") ?? "0") allocations"
                },
                stats.section("mallinfo").map { info in
                    "mallinfo: "
                        + ["sbrk", "mmap", "used", "free"].map { "\($0) \(info.shown($0) ?? "0")" }
                        .joined(separator: ", ")
                },
                stats["plugins"].map { _ in "loaded plugins: " + stats.shownList("plugins").joined(separator: " ") },
            ].compactMap { $0 }
        }
    }

    private static func line(
        _ stats: VICIMessage, _ section: String, _ title: String, _ parts: KeyValuePairs<String, String>
    ) -> String? {
        guard let content = stats.section(section) else { return nil }
        return title + parts.compactMap { key, before in content.shown(key).map { before + $0 } }.joined()
    }

    private static func workers(_ stats: VICIMessage) -> String? {
        guard let workers = stats.section("workers") else { return nil }
        return "worker threads: \(workers.shown("total") ?? "0") total, \(workers.shown("idle") ?? "0") idle, "
            + "working: \(queues(workers, "active") ?? "")"
    }

    private static func queues(_ message: VICIMessage, _ name: String) -> String? {
        message.section(name).map { queues in
            ["critical", "high", "medium", "low"].map { queues.shown($0) ?? "0" }.joined(separator: "/")
        }
    }
}
