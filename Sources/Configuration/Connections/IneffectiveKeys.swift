/// Keys of swanctl.conf that are read and checked, and from which nothing follows yet.
///
/// Whoever gives one of them an effect takes it out here, and its counterpart out of `IPsecConfKeywords`.
enum IneffectiveKeys {
    static let connection: Set<String> = [
        "aggressive", "pull", "vips", "pools", "ocsp", "mediation", "mediated_by",
        "mediation_peer",
    ]

    static let child: Set<String> = ["label", "label_mode", "per_cpu_sas", "icmp"]

    static let authentication: Set<String> = [
        "eap_id", "aaa_id", "xauth_id",
    ]

    /// Whether a value asks for what happens anyway.
    static func isOff(_ key: String, _ text: String) -> Bool {
        switch key {
        case "pull": ["yes", "true", "enabled", "1"].contains(text.lowercased())
        case "ocsp": ["reply", "never"].contains(text.lowercased())
        case "label_mode": text.lowercased() == "system"
        default: ["", "no", "false", "disabled", "0", "0s"].contains(text.lowercased())
        }
    }
}
