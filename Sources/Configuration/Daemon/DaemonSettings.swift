import IPsecModel

/// Settings of the daemon itself.
package struct DaemonSettings: Sendable, Equatable {
    package init() {}

    static let logGroups = [
        "dmn", "mgr", "ike", "chd", "job", "wch", "cfg", "knl", "net", "asn", "enc", "tnc", "imc", "imv", "pts", "tls",
        "app", "esp", "lib",
    ]

    /// −1 (silent) to 4 (secrets as well).
    static func logLevel(_ text: some StringProtocol) throws(ValueError) -> Int {
        guard let level = Int(text.trimmed), (-1...4).contains(level) else {
            throw ValueError("'\(text)' is not a log level from -1 to 4")
        }
        return level
    }
}
