/// Why a connection that came over the control socket was not loaded.
package struct ConnectionLoadError: Error, Hashable, Sendable {
    /// Dotted path below the connection: `children.net.rekey_time`.
    package var key: String
    package var message: String
    package var suggestion: String?

    package init(key: String, message: String, suggestion: String? = nil) {
        self.key = key
        self.message = message
        self.suggestion = suggestion
    }
}

extension ConnectionLoadError: CustomStringConvertible {
    /// Begins and ends like charon's own refusal, so that scripts which look for that still find it.
    package var description: String {
        "\(message)" + (suggestion.map { " (\($0))" } ?? "") + ", config discarded"
    }
}
