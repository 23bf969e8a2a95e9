package import IKESA

/// How a text sink writes a line. The defaults are charon's: `00[IKE] text`.
package struct LogFormat: Equatable, Sendable {
    package enum Precision: Sendable { case seconds, milliseconds, microseconds }

    /// strftime(3) format of a leading time; `nil`: none.
    package var timeFormat: String?
    package var precision: Precision = .seconds
    /// Whether `<connection|number>` of the IKE_SA precedes the text.
    package var ikeName = false
    /// Whether the group is followed by the level, as `[IKE2]`.
    package var logLevel = false
    /// One JSON object a line in place of text.
    package var json = false

    package init() {}

    /// The line as it is written, each line of its text on one of its own, with newlines at the ends.
    package func render(_ line: LogLine, at time: WallTime) -> String {
        if json { return object(line, at: time) + "\n" }
        let head = head(line, at: time)
        return LogText.rows(line.text).map { "\(head)\($0)\n" }.joined()
    }

    private func head(_ line: LogLine, at time: WallTime) -> String {
        var head = stamp(time).map { $0 + " " } ?? ""
        head += "00[\(line.group.name)\(logLevel ? String(line.level) : "")] "
        if ikeName, let name = line.ikeName { head += "<\(name)|\(line.uniqueID ?? 0)> " }
        return head
    }

    private func stamp(_ time: WallTime) -> String? {
        timeFormat.map { time.formatted($0) + fraction(time) }
    }

    private func fraction(_ time: WallTime) -> String {
        switch precision {
        case .seconds: ""
        case .milliseconds: "." + padded(time.microseconds / 1_000, to: 3)
        case .microseconds: "." + padded(time.microseconds, to: 6)
        }
    }

    private func object(_ line: LogLine, at time: WallTime) -> String {
        var members: [String] = []
        if let stamp = stamp(time) { members.append("\"time\":\(JSONText.quoted(stamp))") }
        members.append("\"thread\":0")
        members.append("\"group\":\(JSONText.quoted(line.group.name))")
        members.append("\"level\":\(line.level)")
        if let id = line.uniqueID { members.append("\"ikesa-uniqueid\":\(id)") }
        if let name = line.ikeName { members.append("\"ikesa-name\":\(JSONText.quoted(name))") }
        members.append("\"msg\":\(JSONText.quoted(line.text))")
        return "{" + members.joined(separator: ",") + "}"
    }
}

/// A number with zeros in front of it.
func padded(_ number: Int64, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
