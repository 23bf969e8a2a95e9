/// A span of time as charon writes it: the largest unit that fits at least twice, `2 hours`.
enum ElapsedTime {
    private static let units: [(seconds: Int64, name: String)] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")]

    static func words(_ seconds: Int64) -> String {
        for unit in units where seconds > 2 * unit.seconds { return "\(seconds / unit.seconds) \(unit.name)" }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }
}
