/// One `key=value` of ipsec.conf.
struct IPsecConfEntry: Hashable, Sendable {
    var key: String
    /// Without quotes, escapes replaced; empty where the value clears an inherited one.
    var value: String
    /// Where the key stands.
    var location: SourceLocation
    /// Where the value stands.
    var valueLocation: SourceLocation
}

/// One section of ipsec.conf as it was written, or merged from several of the same name.
struct IPsecConfSection: Hashable, Sendable {
    enum Kind: String, Hashable, Sendable, CaseIterable {
        case setup = "config"
        case conn
        case ca
    }

    var kind: Kind
    /// `%default` holds what all sections of its kind inherit; `setup` for `config setup`.
    var name: String
    /// Where the section is opened first.
    var location: SourceLocation
    var entries: [IPsecConfEntry] = []
    /// Whether something in it could not be read; it is then reported and not used.
    var isBroken = false

    var isDefault: Bool { name == "%default" }
    /// `conn office`, as messages name it.
    var title: String { "\(kind.rawValue) \(name)" }
}
