import VICI

/// An IKE_SA with its CHILD_SAs in `ipsec status`.
enum AssociationStatus {
    static func lines(of sa: VICIMessage, name: String, all: Bool) -> [String] {
        let label = "\(StatusText.name(name))[\(sa.shown("uniqueid") ?? "?")]"
        var lines = ["\(label): \(state(sa))\(endpoints(sa))"]
        if all { lines += details(sa).map { "\(label): \($0)" } }
        for (key, child) in sa.section("child-sas")?.sections ?? [] {
            lines += self.child(child, key: key, all: all)
        }
        return lines
    }

    private static func state(_ sa: VICIMessage) -> String {
        let state = sa.shown("state") ?? "?"
        guard state == "ESTABLISHED", let age = StatusText.duration(sa, "established") else { return state }
        return "\(state) \(age) ago"
    }

    private static func endpoints(_ sa: VICIMessage) -> String {
        let ends = ["local", "remote"].map { side in
            "\(sa.shown("\(side)-host") ?? "%any")[\(sa.shown("\(side)-id") ?? "%any")]"
        }
        return ", " + ends.joined(separator: "...")
    }

    private static func details(_ sa: VICIMessage) -> [String] {
        var lines: [String] = []
        if let identity = sa.shown("remote-eap-id") { lines.append("Remote EAP identity: \(identity)") }
        if let identity = sa.shown("remote-xauth-id") { lines.append("Remote XAuth identity: \(identity)") }
        lines.append(spis(sa))
        if let algorithms = StatusText.algorithms(sa) { lines.append("IKE proposal: \(algorithms)") }
        for kind in ["queued", "active", "passive"] {
            let tasks = sa.shownList("tasks-\(kind)")
            if !tasks.isEmpty { lines.append("Tasks \(kind): \(tasks.joined(separator: " "))") }
        }
        return lines
    }

    private static func spis(_ sa: VICIMessage) -> String {
        let isInitiator = sa.bool("initiator") == true
        let start =
            "IKEv\(sa.shown("version") ?? "?") SPIs: "
            + "\(sa.shown("initiator-spi") ?? "")_i\(isInitiator ? "*" : "") "
            + "\(sa.shown("responder-spi") ?? "")_r\(isInitiator ? "" : "*")"
        guard sa.string("state") == "ESTABLISHED" else { return start }
        let rekeying = StatusText.duration(sa, "rekey-time").map { ", rekeying in \($0)" }
        let reauthentication = StatusText.duration(sa, "reauth-time").map { ", reauthentication in \($0)" }
        guard rekeying != nil || reauthentication != nil else { return "\(start), rekeying disabled" }
        return "\(start)\(rekeying ?? "")\(reauthentication ?? "")"
    }
}

// MARK: CHILD_SAs

extension AssociationStatus {
    private static func child(_ sa: VICIMessage, key: String, all: Bool) -> [String] {
        let label = "\(StatusText.name(sa.string("name") ?? key)){\(sa.shown("uniqueid") ?? "?")}"
        var lines = ["\(label):  \(childState(sa))"]
        let isInstalled = sa.shown("spi-in") != nil
        if all, isInstalled { lines.append("\(label):  \(usage(sa))") }
        if isInstalled { lines.append("\(label):   \(StatusText.selectors(sa))") }
        return lines
    }

    private static func childState(_ sa: VICIMessage) -> String {
        let start = "\(sa.shown("state") ?? "?"), \(sa.shown("mode") ?? "?"), reqid \(sa.shown("reqid") ?? "0")"
        guard let inbound = sa.shown("spi-in") else { return start }
        let encapsulation = sa.bool("encap") == true ? " in UDP" : ""
        let compression = sa.shown("cpi-in").map { ", IPCOMP CPIs: \($0)_i \(sa.shown("cpi-out") ?? "")_o" } ?? ""
        return "\(start), \(sa.shown("protocol") ?? "ESP")\(encapsulation) SPIs: \(inbound)_i "
            + "\(sa.shown("spi-out") ?? "")_o\(compression)"
    }

    private static func usage(_ sa: VICIMessage) -> String {
        let traffic = [("in", "i"), ("out", "o")].map { direction, suffix in
            "\(sa.shown("bytes-\(direction)") ?? "0") bytes_\(suffix)\(packets(sa, direction))"
        }
        return ([StatusText.algorithms(sa)].compactMap { $0 } + traffic + [lifetime(sa)]).joined(separator: ", ")
    }

    private static func packets(_ sa: VICIMessage, _ direction: String) -> String {
        guard let used = sa.shown("use-\(direction)"), let count = sa.shown("packets-\(direction)") else { return "" }
        return " (\(count) \(count == "1" ? "pkt" : "pkts"), \(used)s ago)"
    }

    private static func lifetime(_ sa: VICIMessage) -> String {
        switch sa.string("state") {
        case "REKEYING": return "rekeying active"
        case "REKEYED", "DELETING", "DELETED":
            return StatusText.duration(sa, "life-time").map { "expires in \($0)" } ?? "rekeying disabled"
        default:
            return StatusText.duration(sa, "rekey-time").map { "rekeying in \($0)" } ?? "rekeying disabled"
        }
    }
}
