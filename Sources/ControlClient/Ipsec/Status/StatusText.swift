import VICI

/// Pieces of the status layout.
enum StatusText {
    /// Names stand right-aligned in this many columns.
    static let nameWidth = 12

    static func name(_ name: String) -> String {
        DisplayText.right(DisplayText.clean(name), nameWidth)
    }

    /// The seconds at a key as a duration.
    static func duration(_ message: VICIMessage, _ key: String) -> String? {
        message.integer(key).map { DisplayText.duration($0) }
    }

    /// `local === remote` selectors.
    static func selectors(_ message: VICIMessage) -> String {
        let sides = ["local-ts", "remote-ts"].map { message.shownList($0).joined(separator: " ") }
        return sides.joined(separator: " === ")
    }

    /// `AES_CBC_128/HMAC_SHA2_256_128/…`: sizes join with an underscore here.
    static func algorithms(_ sa: VICIMessage) -> String? {
        var parts: [String] = []
        for (key, size) in [("encr-alg", "encr-keysize"), ("integ-alg", "integ-keysize")] {
            guard let name = sa.shown(key) else { continue }
            parts.append(name + (sa.shown(size).map { "_\($0)" } ?? ""))
        }
        parts += ["prf-alg", "dh-group"].compactMap { sa.shown($0) }
        if sa.shown("esn") == "1" { parts.append("ESN") }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }
}
