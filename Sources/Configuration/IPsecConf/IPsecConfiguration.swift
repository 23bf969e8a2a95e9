package import IPsecModel

/// What ipsec.conf says, understood: the good sections, and everything there is to tell about the others.
package struct IPsecConfiguration: Sendable {
    package var setup = IPsecSetup()
    /// In the order of the file. Connections that differ in their CHILD_SA only are one connection with several
    /// children, named after the first, so that they share one IKE_SA.
    package var connections: [PeerConfig] = []
    package var authorities: [AuthorityConfig] = []
    /// Pools that `rightsourceip` describes rather than names.
    package var pools: [AddressPool] = []
    package var diagnostics: [Diagnostic] = []

    package init() {}

    /// Every keyword of `config setup`, `conn` and `ca` that is not deprecated.
    package static var keywords: [String] {
        IPsecConfSection.Kind.allCases.flatMap { IPsecConfKeywords.words(of: $0) }
    }

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Reads a file and all it includes. A file that cannot be read is one error and no connection.
    package static func load(
        path: String, files: any ConfigurationFiles, environment: ConfigurationEnvironment,
        directories: IPsecDirectories = IPsecDirectories()
    ) -> IPsecConfiguration {
        do throws(FileFailure) {
            let text = String(decoding: try files.read(path), as: UTF8.self)
            return parse(text: text, file: path, files: files, environment: environment, directories: directories)
        } catch {
            var result = IPsecConfiguration()
            let location = SourceLocation(file: path, line: 1, column: 1)
            result.diagnostics.append(
                Diagnostic(
                    .error, ConfigurationError(location: location, message: "the file cannot be read: \(error.reason)"))
            )
            return result
        }
    }

    package static func parse(
        text: String, file: String, files: any ConfigurationFiles, environment: ConfigurationEnvironment,
        directories: IPsecDirectories = IPsecDirectories()
    ) -> IPsecConfiguration {
        var parser = IPsecConfParser(files: files)
        parser.read(text: text, file: file)
        var interpreter = IPsecConfInterpreter(
            resolver: IPsecConfResolver(sections: parser.sections), files: files, environment: environment,
            directories: directories)
        interpreter.run()
        var result = interpreter.result
        result.diagnostics = (parser.diagnostics + result.diagnostics).sortedByPlace(first: file)
        return result
    }
}

/// `config setup`.
package struct IPsecSetup: Sendable, Equatable {
    package var uniqueIDs: PeerConfig.UniquePolicy = .replace
    package var revocation: RemoteAuthentication.Revocation = .relaxed
    /// `charondebug`: log groups and their levels.
    package var logLevels: [String: Int] = [:]
    package init() {}
}

/// A certification authority: a `ca` section, or `authorities.<name>` of swanctl.conf.
package struct AuthorityConfig: Sendable, Equatable {
    package var name: String
    /// `file:line`
    package var source: String = ""
    /// DER.
    package var certificates: [[UInt8]] = []
    package var crlURIs: [String] = []
    package var ocspURIs: [String] = []
    package var certificateURIBase: String?
    package init(name: String) { self.name = name }
}

/// Addresses that are lent to peers.
package struct AddressPool: Sendable, Equatable {
    package var name: String
    /// `nil` for a pool without addresses of its own: the peer gets what it asks for.
    package var first: IPAddress?
    package var last: IPAddress?
    package var dns: [IPAddress] = []
    package init(name: String, first: IPAddress? = nil, last: IPAddress? = nil) {
        self.name = name
        self.first = first
        self.last = last
    }
}

extension Array where Element == Diagnostic {
    /// By file, line and column; the main file first, included ones in their order.
    fileprivate func sortedByPlace(first file: String) -> [Diagnostic] {
        let files = [file] + map(\.location.file)
        var rank: [String: Int] = [:]
        for name in files where rank[name] == nil { rank[name] = rank.count }
        return enumerated().sorted { a, b in
            let (left, right) = (a.element.location, b.element.location)
            return (rank[left.file] ?? 0, left.line, left.column, a.offset)
                < (rank[right.file] ?? 0, right.line, right.column, b.offset)
        }.map(\.element)
    }
}
