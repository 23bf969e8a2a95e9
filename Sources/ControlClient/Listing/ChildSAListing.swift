import VICI

/// A CHILD_SA as `swanctl --list-sas` shows it, below its IKE_SA.
enum ChildSAListing {
    static func lines(of sa: VICIMessage, key: String) -> [String] {
        // A rekeyed CHILD_SA comes as its old and its new self; the new one counts.
        if let new = sa.section("new") { return lines(of: new, key: key) }
        var lines = [title(sa, key)] + counters(sa)
        if let label = sa.shown("label") { lines.append("    label  \(label)") }
        lines.append("    local  " + sa.shownList("local-ts").joined(separator: " "))
        lines.append("    remote " + sa.shownList("remote-ts").joined(separator: " "))
        return lines
    }

    private static func title(_ sa: VICIMessage, _ key: String) -> String {
        let encapsulation = sa.bool("encap") == true ? "-in-UDP" : ""
        let start =
            "  \(sa.shown("name") ?? DisplayText.clean(key)): #\(sa.shown("uniqueid") ?? "?"), "
            + "reqid \(sa.shown("reqid") ?? "0"), \(sa.shown("state") ?? "?"), "
            + "\(sa.shown("mode") ?? "?")\(encapsulation)"
        guard let protocolName = sa.shown("protocol") else { return start }
        let sequence = sa.shown("esn") == "1" ? "/ESN" : ""
        return "\(start), \(protocolName):\(SAListing.algorithms(sa) ?? "")\(sequence)"
    }

    private static func counters(_ sa: VICIMessage) -> [String] {
        guard sa.shown("spi-in") != nil else { return [] }
        var lines: [String] = []
        if let installed = sa.shown("install-time") {
            let rekeying = sa.shown("rekey-time").map { ", rekeying in \($0)s" } ?? ""
            let expiry = sa.shown("life-time").map { ", expires in \($0)s" } ?? ""
            lines.append("    installed \(installed)s ago\(rekeying)\(expiry)")
        }
        return lines + [direction(sa, "in", "in "), direction(sa, "out", "out")]
    }

    private static func direction(_ sa: VICIMessage, _ key: String, _ title: String) -> String {
        let compression = sa.shown("cpi-\(key)").map { "/\($0)" } ?? ""
        let bytes = DisplayText.right(sa.shown("bytes-\(key)") ?? "0", 6)
        let packets = DisplayText.right(sa.shown("packets-\(key)") ?? "0", 5)
        let used = sa.shown("use-\(key)").map { ", \(DisplayText.right($0, 5))s ago" } ?? ""
        return "    \(title) \(sa.shown("spi-\(key)") ?? "?")\(compression)\(marks(sa, key)), "
            + "\(bytes) bytes, \(packets) packets\(used)"
    }

    /// ` (0xmark/0xmask|0xinterface)`
    private static func marks(_ sa: VICIMessage, _ key: String) -> String {
        let mark = sa.shown("mark-\(key)").map { mark in
            "0x\(mark)" + (sa.shown("mark-mask-\(key)").map { "/0x\($0)" } ?? "")
        }
        let interface = sa.shown("if-id-\(key)").map { "|0x\($0)" }
        guard mark != nil || interface != nil else { return "" }
        return " (\(mark ?? "")\(interface ?? ""))"
    }
}
