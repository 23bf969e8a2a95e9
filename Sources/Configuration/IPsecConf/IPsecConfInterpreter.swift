import IPsecModel

/// Turns complete sections into connections and authorities.
struct IPsecConfInterpreter {
    private var resolver: IPsecConfResolver
    private let files: any ConfigurationFiles
    private let environment: ConfigurationEnvironment
    private let directories: IPsecDirectories
    private(set) var result = IPsecConfiguration()

    init(
        resolver: IPsecConfResolver, files: any ConfigurationFiles, environment: ConfigurationEnvironment,
        directories: IPsecDirectories
    ) {
        self.resolver = resolver
        self.files = files
        self.environment = environment
        self.directories = directories
    }

    mutating func run() {
        for section in resolver.resolve(.setup) { readSetup(section) }
        for section in resolver.resolve(.ca) { readAuthority(section) }
        for section in resolver.resolve(.conn) { readConnection(section) }
        result.diagnostics += resolver.diagnostics
        result.diagnostics = result.diagnostics.unique
    }

    private mutating func readSetup(_ section: IPsecConfSection) {
        var reader = IPsecConfSectionReader(section)
        reader.checkKeywords()
        result.setup.uniqueIDs = reader.value("uniqueids", .replace) { text throws(ValueError) in
            try Value.word(
                text, ["yes": .replace, "no": .no, "never": .never, "replace": .replace, "keep": .keep])
        }
        result.setup.revocation = reader.value("strictcrlpolicy", .relaxed) { text throws(ValueError) in
            try Value.word(text, ["no": .relaxed, "yes": .strict, "ifuri": .ifURI])
        }
        result.setup.logLevels = reader.value("charondebug", [:], Self.logLevels)
        result.diagnostics += reader.diagnostics
    }

    /// `ike 2, knl 1`
    private static func logLevels(_ text: String) throws(ValueError) -> [String: Int] {
        var levels: [String: Int] = [:]
        for part in Value.list(text) {
            let words = part.split(separator: " ")
            guard words.count == 2 else {
                throw ValueError("'\(part)' is not a log group and its level", suggestion: "write 'ike 2, knl 1'")
            }
            guard DaemonSettings.logGroups.contains(String(words[0])) || words[0] == "any" || words[0] == "default"
            else {
                throw ValueError(words[0], notIn: DaemonSettings.logGroups)
            }
            levels[String(words[0])] = try DaemonSettings.logLevel(words[1])
        }
        return levels
    }

    private mutating func readAuthority(_ section: IPsecConfSection) {
        var reader = IPsecConfSectionReader(section)
        reader.checkKeywords()
        var authority = AuthorityConfig(name: section.name)
        authority.source = reader.source
        let isLoaded = reader.value("auto", true) { text throws(ValueError) in
            try Value.word(text, ["ignore": false, "add": true, "route": true, "start": true])
        }
        if reader.entry("auto") == nil {
            reader.report(
                .warning, at: section.location, "\(section.title) has no 'auto' and is loaded all the same",
                suggestion: "write auto=add")
        }
        if let entry = reader.entry("cacert") {
            var loader = CertificateFiles(files: files, folder: directories.authorities)
            authority.certificates = loader.certificates(entry.value)
            for warning in loader.warnings { reader.warn("cacert", warning) }
        }
        authority.crlURIs = [reader.text("crluri"), reader.text("crluri2")].compactMap(\.self)
        authority.ocspURIs = [reader.text("ocspuri"), reader.text("ocspuri2")].compactMap(\.self)
        authority.certificateURIBase = reader.text("certuribase")
        if isLoaded, !reader.hasErrors { result.authorities.append(authority) }
        result.diagnostics += reader.diagnostics
    }

    private mutating func readConnection(_ section: IPsecConfSection) {
        var draft = ConnDraft(
            reader: IPsecConfSectionReader(section), setup: result.setup, files: files, environment: environment,
            directories: directories)
        draft.read()
        result.diagnostics += draft.reader.diagnostics
        guard !draft.reader.hasErrors, draft.isLoaded else { return }
        add(draft.peer)
        for pool in draft.pools where !result.pools.contains(where: { $0.name == pool.name }) {
            result.pools.append(pool)
        }
    }

    /// Adds a connection, or only its child where the same peer is configured already.
    private mutating func add(_ peer: PeerConfig) {
        let isShunt = peer.children.contains { $0.mode.isShunt }
        let index = isShunt ? nil : result.connections.firstIndex { $0.canShare(peer) }
        if let index {
            result.connections[index].children += peer.children
        } else {
            result.connections.append(peer)
        }
    }
}

extension PeerConfig {
    /// Whether the children of both can live in one IKE_SA.
    fileprivate func canShare(_ other: PeerConfig) -> Bool {
        !children.contains { $0.mode.isShunt } && isSamePeer(as: other)
    }
}

extension Array where Element: Hashable {
    /// Without repetitions: an inherited line is read for every heir and reported once.
    fileprivate var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
