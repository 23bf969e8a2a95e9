import VICI

/// An IKE_SA with its CHILD_SAs as `swanctl --list-sas` shows it.
enum SAListing {
    static func lines(of sa: VICIMessage, name: String) -> [String] {
        var lines = [title(sa, name), local(sa), remote(sa)]
        if let algorithms = algorithms(sa) { lines.append("  \(algorithms)") }
        if let lifetime = lifetime(sa) { lines.append(lifetime) }
        lines += tasks(sa)
        for child in sa.section("child-sas")?.sections ?? [] {
            lines += ChildSAListing.lines(of: child.content, key: child.name)
        }
        return lines
    }

    private static func title(_ sa: VICIMessage, _ name: String) -> String {
        // The star stands on our side of the SPIs.
        let initiator = sa.bool("initiator") == true
        return "\(DisplayText.clean(name)): #\(sa.shown("uniqueid") ?? "?"), \(sa.shown("state") ?? "?"), "
            + "IKEv\(sa.shown("version") ?? "?"), "
            + "\(sa.shown("initiator-spi") ?? "")_i\(initiator ? "*" : "") "
            + "\(sa.shown("responder-spi") ?? "")_r\(initiator ? "" : "*")"
    }

    private static func local(_ sa: VICIMessage) -> String {
        "  local  \(peer(sa, "local"))\(addresses(sa, "local-vips"))"
    }

    private static func remote(_ sa: VICIMessage) -> String {
        let eap = sa.shown("remote-eap-id").map { " EAP: '\($0)'" } ?? ""
        let xauth = sa.shown("remote-xauth-id").map { " XAuth: '\($0)'" } ?? ""
        return "  remote \(peer(sa, "remote"))\(eap)\(xauth)\(addresses(sa, "remote-vips"))"
    }

    private static func peer(_ sa: VICIMessage, _ side: String) -> String {
        "'\(sa.shown("\(side)-id") ?? "%any")' @ \(sa.shown("\(side)-host") ?? "?")[\(sa.shown("\(side)-port") ?? "?")]"
    }

    private static func addresses(_ sa: VICIMessage, _ key: String) -> String {
        let items = sa.shownList(key)
        return items.isEmpty ? "" : " [\(items.joined(separator: " "))]"
    }

    /// `AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE_25519`, or nil before there are keys.
    static func algorithms(_ sa: VICIMessage) -> String? {
        var parts: [String] = []
        for (key, size) in [("encr-alg", "encr-keysize"), ("integ-alg", "integ-keysize")] {
            guard let name = sa.shown(key) else { continue }
            parts.append(name + (sa.shown(size).map { "-\($0)" } ?? ""))
        }
        parts += ["prf-alg", "dh-group"].compactMap { sa.shown($0) }
        parts += (1...7).compactMap { number in sa.shown("ake\(number)").map { "KE\(number)_\($0)" } }
        if sa.bool("ppk") == true { parts.append("PPK") }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    private static func lifetime(_ sa: VICIMessage) -> String? {
        guard let established = sa.shown("established") else { return nil }
        return "  established \(established)s ago"
            + (sa.shown("rekey-time").map { ", rekeying in \($0)s" } ?? "")
            + (sa.shown("reauth-time").map { ", reauth in \($0)s" } ?? "")
    }

    private static func tasks(_ sa: VICIMessage) -> [String] {
        [("queued: ", "tasks-queued"), ("active: ", "tasks-active"), ("passive:", "tasks-passive")]
            .compactMap { title, key in
                let items = sa.shownList(key)
                return items.isEmpty ? nil : "  \(title) \(items.joined(separator: " "))"
            }
    }
}
