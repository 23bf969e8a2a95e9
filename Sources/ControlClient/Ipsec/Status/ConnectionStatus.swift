import VICI

/// A loaded connection in `ipsec statusall`.
enum ConnectionStatus {
    static func lines(of connection: VICIMessage, name: String) -> [String] {
        let label = StatusText.name(name)
        var lines = [title(connection, label)]
        for side in ["local", "remote"] {
            for (key, round) in connection.sections where key.hasPrefix("\(side)-") {
                lines += authentication(round, side: side, label: label)
            }
        }
        for (name, child) in connection.section("children")?.sections ?? [] {
            let action = child.shown("dpd_action").flatMap { $0 == "none" ? nil : ", dpdaction=\($0)" } ?? ""
            let mode = child.shown("mode") ?? "?"
            lines.append("\(StatusText.name(name)):   child:  \(StatusText.selectors(child)) \(mode)\(action)")
        }
        return lines
    }

    private static func title(_ connection: VICIMessage, _ label: String) -> String {
        let sides = ["local_addrs", "remote_addrs"].map { key in
            let addresses = connection.shownList(key)
            return addresses.isEmpty ? "%any" : addresses.joined(separator: ",")
        }
        let delay = connection.shown("dpd_delay").flatMap { $0 == "0" ? nil : ", dpddelay=\($0)s" } ?? ""
        return "\(label):  \(sides.joined(separator: "..."))  \(connection.shown("version") ?? "?")\(delay)"
    }

    private static func authentication(_ round: VICIMessage, side: String, label: String) -> [String] {
        let title = DisplayText.left("\(side):", 7)
        let identity = round.shown("id").map { "[\($0)] " } ?? ""
        let method = round.shown("eap-type") ?? round.shown("class") ?? "any"
        let eap = round.shown("eap_id").map { " with EAP identity '\($0)'" } ?? ""
        let xauth = round.shown("xauth_id").map { " with XAuth identity '\($0)'" } ?? ""
        var lines = ["\(label):   \(title) \(identity)uses \(method) authentication\(eap)\(xauth)"]
        for (title, key) in [("ca:", "cacerts"), ("cert:", "certs")] {
            lines += round.shownList(key).map { "\(label):    \(DisplayText.left(title, 6)) \"\($0)\"" }
        }
        lines += round.shownList("groups").map { "\(label):    group: \($0)" }
        return lines
    }
}
