import VICI

/// A loaded connection as `swanctl --list-conns` shows it.
enum ConnectionListing {
    static func lines(of connection: VICIMessage, name: String) -> [String] {
        var lines = [title(connection, name)] + ppk(connection)
        lines += connection.shownList("local_addrs").map { "  local:  \($0)" }
        lines += connection.shownList("remote_addrs").map { "  remote: \($0)" }
        lines += rounds(connection, "local") + rounds(connection, "remote")
        for inner in connection.section("children")?.sections ?? [] {
            lines += child(inner.content, name: inner.name)
        }
        return lines
    }

    private static func title(_ connection: VICIMessage, _ name: String) -> String {
        let reauthentication = nonZero(connection, "reauth_time").map { "every \($0)s" }
        let rekeying = nonZero(connection, "rekey_time").map { "rekeying every \($0)s" } ?? "no rekeying"
        let version = connection.shown("version") ?? "?"
        // IKEv1 knows reauthentication only.
        let times =
            (reauthentication.map { "reauthentication \($0)" } ?? "no reauthentication")
            + (version == "IKEv1" ? "" : ", \(rekeying)")
        let dpd = nonZero(connection, "dpd_delay").map { ", dpd delay \($0)s" } ?? ""
        return "\(DisplayText.clean(name)): \(version), \(times)\(dpd)"
    }

    private static func ppk(_ connection: VICIMessage) -> [String] {
        guard connection.shown("ppk_id") != nil || connection.bool("ppk_required") == true else { return [] }
        let required = connection.bool("ppk_required") == true ? ", required" : ""
        return ["  ppk: \(connection.shown("ppk_id") ?? "")\(required)"]
    }

    private static func rounds(_ connection: VICIMessage, _ side: String) -> [String] {
        connection.sections.filter { $0.name.hasPrefix("\(side)-") }.flatMap { round in
            authentication(round.content, side)
        }
    }

    private static func authentication(_ round: VICIMessage, _ side: String) -> [String] {
        let method = round.shown("eap-type") ?? round.shown("class") ?? "unspecified"
        var lines = ["  \(side) \(method) authentication:"]
        for key in ["id", "eap_id", "xauth_id", "aaa_id"] {
            if let value = round.shown(key) { lines.append("    \(key): \(value)") }
        }
        for (title, key) in [
            ("groups", "groups"), ("cert policy", "cert_policy"), ("certs", "certs"), ("cacerts", "cacerts"),
        ] {
            let items = round.shownList(key)
            if !items.isEmpty { lines.append("    \(title): \(items.joined(separator: " "))") }
        }
        return lines
    }

    private static func child(_ child: VICIMessage, name: String) -> [String] {
        let limits = [("rekey_time", "s"), ("rekey_bytes", " bytes"), ("rekey_packets", " packets")]
            .compactMap { key, unit in nonZero(child, key).map { $0 + unit } }
        // Shunts have no keys, whatever their lifetimes say.
        let hasKeys = !["PASS", "DROP"].contains(child.string("mode")) && !limits.isEmpty
        let rekeying = hasKeys ? "rekeying every " + limits.joined(separator: " or ") : "no rekeying"
        let action = child.shown("dpd_action").flatMap { $0 == "none" ? nil : $0 }
        let dpd = action.map { ", dpd action is \($0)" } ?? ""
        var lines = ["  \(DisplayText.clean(name)): \(child.shown("mode") ?? "?"), \(rekeying)\(dpd)"]
        if let label = child.shown("label") { lines.append("    label:  \(label)") }
        lines.append("    local:  " + child.shownList("local-ts").joined(separator: " "))
        lines.append("    remote: " + child.shownList("remote-ts").joined(separator: " "))
        for key in ["interface", "priority"] {
            if let value = child.shown(key) { lines.append("    \(key): \(value)") }
        }
        return lines
    }

    private static func nonZero(_ message: VICIMessage, _ key: String) -> String? {
        message.shown(key).flatMap { $0 == "0" ? nil : $0 }
    }
}
