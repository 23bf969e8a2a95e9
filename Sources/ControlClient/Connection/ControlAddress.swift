/// Where the daemon listens.
package struct ControlAddress: Equatable, Sendable {
    /// The socket that every tool of this kind tries first.
    package static let `default` = ControlAddress(path: "/run/charon.vici")

    /// Path of the Unix socket.
    package var path: String

    package init(path: String) {
        self.path = path
    }

    /// Reads `unix:///path`, or a plain absolute path.
    ///
    /// - Throws: ``ControlError/unsupportedURI(_:reason:)`` for anything else. TCP is refused on purpose: the control
    ///   socket carries private keys and has no authentication but the file system's.
    package init(uri: String) throws(ControlError) {
        if uri.hasPrefix("unix:///") {
            path = String(uri.dropFirst("unix://".count))
        } else if uri.hasPrefix("/") {
            path = uri
        } else if uri.hasPrefix("tcp:") {
            throw .unsupportedURI(uri, reason: "the control socket is never spoken to over TCP; use a tunnel to it")
        } else {
            throw .unsupportedURI(uri, reason: "expected unix:///path")
        }
        guard path.utf8.count < ControlAddress.maximumPathBytes else {
            throw .unsupportedURI(uri, reason: "the path is longer than \(ControlAddress.maximumPathBytes - 1) bytes")
        }
    }

    /// What the environment variable `SWAND_URI` names, or ``default``.
    ///
    /// - Throws: ``ControlError/unsupportedURI(_:reason:)``.
    package static func configured() throws(ControlError) -> ControlAddress {
        guard let uri = FileSystem.environment("SWAND_URI") else { return .default }
        return try ControlAddress(uri: uri)
    }

    /// `sun_path` with its final zero.
    static let maximumPathBytes = 108

    package var uri: String { "unix://\(path)" }
}
