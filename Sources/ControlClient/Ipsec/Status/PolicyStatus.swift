import VICI

/// Shunt and trap policies in `ipsec status`.
enum PolicyStatus {
    static func isShunt(_ policy: VICIMessage) -> Bool {
        ["PASS", "DROP"].contains(policy.string("mode"))
    }

    static func shunt(_ policy: VICIMessage, _ key: String) -> String {
        let name = StatusText.name(policy.string("child") ?? key)
        return "\(name):  \(StatusText.selectors(policy)) \(policy.shown("mode") ?? "")"
    }

    /// The numbers come from daemons that send them; without them the line stands without.
    static func trap(_ policy: VICIMessage, _ key: String) -> [String] {
        let number = policy.shown("uniqueid").map { "{\($0)}" } ?? ""
        let name = StatusText.name(policy.string("child") ?? key) + number
        let reqid = policy.shown("reqid").map { ", reqid \($0)" } ?? ""
        return [
            "\(name):  ROUTED, \(policy.shown("mode") ?? "?")\(reqid)",
            "\(name):   \(StatusText.selectors(policy))",
        ]
    }
}
