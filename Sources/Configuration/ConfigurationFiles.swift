/// The file system as the configuration sees it. Parsers open nothing themselves.
package protocol ConfigurationFiles {
    /// The whole file.
    func read(_ path: String) throws(FileFailure) -> [UInt8]
    /// The files that a shell pattern names, sorted; a pattern without wildcards names the file if it exists.
    func glob(_ pattern: String) -> [String]
    /// Whether everybody on the machine can read the file.
    func isExposed(_ path: String) -> Bool
}

extension ConfigurationFiles {
    package func isExposed(_ path: String) -> Bool { false }
}

/// Why a file could not be read: `No such file or directory`.
package struct FileFailure: Error, Hashable, Sendable {
    package var reason: String
    package init(_ reason: String) { self.reason = reason }
}

/// Where ipsec.conf looks for files that are named without a path.
package struct IPsecDirectories: Sendable {
    /// `/etc/ipsec.d`
    package var base: String
    package init(base: String = "/etc/ipsec.d") { self.base = base }

    package var certificates: String { base + "/certs" }
    package var authorities: String { base + "/cacerts" }
    package var privateKeys: String { base + "/private" }
    package static let maximumIncludeDepth = 10
    /// Files that one configuration may include altogether, so that files which include each other end soon.
    package static let maximumIncludedFiles = 4096

    /// `name` itself when it is an absolute path, else inside `folder`.
    package static func path(_ name: some StringProtocol, in folder: String) -> String {
        name.hasPrefix("/") ? String(name) : folder + "/" + name
    }

    /// The folder part of a path, `.` where there is none.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension IPsecDirectories {
    /// Every certificate in the folder of authorities, each with its file; what holds none is a warning.
    package func loadAuthorities(
        files: any ConfigurationFiles
    ) -> (certificates: [(path: String, der: [UInt8])], diagnostics: [Diagnostic]) {
        var certificates: [(path: String, der: [UInt8])] = []
        var diagnostics: [Diagnostic] = []
        for path in files.glob(authorities + "/*") {
            var loader = CertificateFiles(files: files, folder: authorities)
            certificates += loader.certificates(inFile: path).map { (path, $0) }
            let location = SourceLocation(file: path, line: 1, column: 1)
            diagnostics += loader.warnings.map {
                Diagnostic(.warning, ConfigurationError(location: location, message: $0))
            }
        }
        return (certificates, diagnostics)
    }
}
