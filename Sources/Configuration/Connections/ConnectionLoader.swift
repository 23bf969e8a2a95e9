package import IPsecModel

/// A connection that was understood, and what its author should know.
package struct LoadedConnection: Sendable {
    package var peer: PeerConfig
    /// Sentences that name the key: settings without effect, files that are missing.
    package var warnings: [String]

    package init(peer: PeerConfig, warnings: [String] = []) {
        self.peer = peer
        self.warnings = warnings
    }
}

/// Turns the keys of `connections.<name>` (swanctl.conf, `load-conn`) into a ``PeerConfig``.
package struct ConnectionLoader {
    let environment: ConfigurationEnvironment
    let files: any ConfigurationFiles

    package init(environment: ConfigurationEnvironment, files: any ConfigurationFiles) {
        self.environment = environment
        self.files = files
    }

    /// - Parameter source: who sent it, for verdicts: the control client's name or a file.
    /// - Throws: the first key that is unknown or whose value is wrong; nothing of the connection counts then.
    package func load(
        name: String, _ node: ConfigurationNode, source: String = ""
    ) throws(ConnectionLoadError) -> LoadedConnection {
        var draft = PeerDraft(name: name, source: source, environment: environment, files: files)
        try draft.read(node)
        return LoadedConnection(peer: try draft.finish(), warnings: draft.warnings)
    }
}

/// A connection while its keys are read.
struct PeerDraft {
    var peer: PeerConfig
    var warnings: [String] = []
    let environment: ConfigurationEnvironment
    let files: any ConfigurationFiles
    private var rekeyTime: Duration?
    private var reauthTime: Duration?
    private var overTime: Duration?
    private var randomTime: Duration?
    private var local: [LocalAuthentication] = []
    private var remote: [RemoteAuthentication] = []

    init(name: String, source: String, environment: ConfigurationEnvironment, files: any ConfigurationFiles) {
        peer = PeerConfig(name: name)
        peer.source = source
        self.environment = environment
        self.files = files
    }

    mutating func read(_ node: ConfigurationNode) throws(ConnectionLoadError) {
        for item in node.items {
            switch item.content {
            case .section(let section): try readSection(item.key, section)
            case .value, .list: try readItem(item)
            }
        }
    }

    mutating func finish() throws(ConnectionLoadError) -> PeerConfig {
        if peer.proposals.isEmpty { peer.proposals = defaults(.ike) }
        settleTimes()
        if !local.isEmpty { peer.local = local.sortedByRound(\.round) }
        if !remote.isEmpty { peer.remote = remote.sortedByRound(\.round) }
        return peer
    }

    /// `rekey_time` is four hours unless either time is given; the margins follow the longer of both.
    private mutating func settleTimes() {
        let isUnset = rekeyTime == nil && reauthTime == nil
        peer.rekeyTime = rekeyTime ?? (isUnset ? .seconds(4 * 3600) : .zero)
        peer.reauthTime = reauthTime ?? .zero
        let longest = max(peer.rekeyTime, peer.reauthTime)
        peer.overTime = overTime ?? longest / 10
        peer.randomTime = min(randomTime ?? peer.overTime, longest)
    }

    private mutating func readSection(_ key: String, _ section: ConfigurationNode) throws(ConnectionLoadError) {
        if key == "children" {
            for item in section.items {
                guard case .section(let child) = item.content else {
                    throw ConnectionLoadError(
                        key: "children.\(item.key)",
                        message: "invalid value for: children.\(item.key): a section is wanted")
                }
                try readChild(item.key, child)
            }
        } else if key.hasPrefix("local") {
            var draft = AuthenticationDraft(path: key, environment: environment, files: files)
            local.append(try draft.readLocal(section))
            warnings += draft.warnings
        } else if key.hasPrefix("remote") {
            var draft = AuthenticationDraft(path: key, environment: environment, files: files)
            remote.append(try draft.readRemote(section))
            warnings += draft.warnings
        } else {
            throw .unknown(key, what: "section", among: ["children", "local", "remote"])
        }
    }

    private mutating func readChild(_ name: String, _ section: ConfigurationNode) throws(ConnectionLoadError) {
        guard peer.child(named: name) == nil else {
            throw ConnectionLoadError(
                key: "children.\(name)", message: "invalid value for: children: '\(name)' is there twice")
        }
        var draft = ChildDraft(name: name, source: peer.source, environment: environment)
        for item in section.items { try draft.read(item) }
        peer.children.append(draft.finish())
        warnings += draft.warnings
    }

    private mutating func readItem(_ item: ConfigurationNode.Item) throws(ConnectionLoadError) {
        let texts = item.content.texts ?? []
        do throws(ValueError) {
            if try apply(item.key, texts) {
                warnIfIneffective(item.key, texts)
                return
            }
        } catch {
            throw .invalid(item.key, error, value: texts)
        }
        throw .unknown(item.key, what: "option", among: Self.keys)
    }

    static let keys = [
        "version", "local_addrs", "remote_addrs", "local_port", "remote_port", "proposals", "vips", "aggressive",
        "pull", "dscp", "encap", "mobike", "dpd_delay", "dpd_timeout", "fragmentation", "childless", "send_certreq",
        "send_cert", "ocsp", "ppk_id", "ppk_required", "keyingtries", "unique", "reauth_time", "rekey_time",
        "over_time", "rand_time", "pools", "if_id_in", "if_id_out", "mediation", "mediated_by", "mediation_peer",
    ]

    private mutating func apply(_ key: String, _ texts: [String]) throws(ValueError) -> Bool {
        let text = texts.joined(separator: ",")
        switch key {
        case "version": peer.version = try Value.word(text, ["0": .any, "1": .ikev1, "2": .ikev2])
        case "local_addrs": peer.localAddresses = try Value.hosts(text)
        case "remote_addrs": peer.remoteAddresses = try Value.hosts(text)
        case "local_port": peer.localPort = try Value.number(text)
        case "remote_port": peer.remotePort = try Value.number(text)
        case "proposals": peer.proposals = try proposals(.ike, texts)
        case "vips": peer.virtualIPs = try texts.mapValues { text throws(ValueError) in try Value.address(text) }
        case "pools": peer.pools = texts
        case "aggressive": peer.aggressive = try Value.boolean(text)
        case "pull": peer.pull = try Value.boolean(text)
        case "dscp": peer.dscp = try Value.dscp(text)
        case "encap": peer.forceEncapsulation = try Value.boolean(text)
        case "mobike": peer.mobike = try Value.boolean(text)
        case "dpd_delay": peer.dpdDelay = try Value.duration(text)
        case "dpd_timeout": peer.dpdTimeout = try Value.duration(text)
        case "fragmentation": peer.fragmentation = try Value.word(text, Self.fragmentation)
        case "childless":
            peer.childless = try Value.word(
                text, ["allow": .allow, "prefer": .prefer, "never": .never, "force": .force])
        case "send_certreq": peer.sendCertificateRequest = try Value.boolean(text)
        case "send_cert":
            peer.sendCertificate = try Value.word(text, ["ifasked": .ifAsked, "always": .always, "never": .never])
        case "keyingtries": peer.keyingTries = text.trimmed == "%forever" ? 0 : Int(try Value.number(text) as UInt16)
        case "unique":
            peer.unique = try Value.word(text, ["never": .never, "no": .no, "replace": .replace, "keep": .keep])
        case "reauth_time": reauthTime = try Value.duration(text)
        case "rekey_time": rekeyTime = try Value.duration(text)
        case "over_time": overTime = try Value.duration(text)
        case "rand_time": randomTime = try Value.duration(text)
        case "if_id_in": peer.interfaceIDIn = try Value.interfaceID(text)
        case "if_id_out": peer.interfaceIDOut = try Value.interfaceID(text)
        default: return try applyIneffective(key, text)
        }
        return true
    }

    /// Keys of which only the spelling of the value is checked.
    private mutating func applyIneffective(_ key: String, _ text: String) throws(ValueError) -> Bool {
        switch key {
        case "ppk_id": peer.ppkID = try identity(text)
        case "ppk_required": peer.ppkRequired = try Value.boolean(text)
        case "ocsp": _ = try Value.word(text, ["reply": 0, "request": 1, "both": 2, "never": 3])
        case "mediation": _ = try Value.boolean(text)
        case "mediated_by", "mediation_peer": break
        default: return false
        }
        return true
    }

    private mutating func warnIfIneffective(_ key: String, _ texts: [String]) {
        guard IneffectiveKeys.connection.contains(key) else { return }
        guard !IneffectiveKeys.isOff(key, texts.joined(separator: ",")) else { return }
        warnings.append("'\(key)' has no effect yet")
    }

    private func identity(_ text: String) throws(ValueError) -> Identification {
        guard let identity = environment.identify(text) else { throw ValueError("is no identity") }
        return identity
    }

    private func defaults(_ id: SecurityProtocol) -> [Proposal] {
        Proposal.defaults(for: id) { environment.supports(id, $0) }
    }

    private func proposals(_ id: SecurityProtocol, _ texts: [String]) throws(ValueError) -> [Proposal] {
        try environment.proposals(id, texts)
    }

    static let fragmentation: KeyValuePairs<String, PeerConfig.Fragmentation> = [
        "yes": .yes, "accept": .accept, "no": .no, "force": .force,
    ]
}

extension ConnectionLoadError {
    static func invalid(_ key: String, _ error: ValueError, value: [String]) -> ConnectionLoadError {
        // A message that quotes its own part of the value needs no second quotation.
        let text = error.message.contains("'") ? error.message : "'\(value.joined(separator: ","))' \(error.message)"
        return ConnectionLoadError(
            key: key, message: "invalid value for: \(key): \(text)", suggestion: error.suggestion)
    }

    static func unknown(_ key: String, what: String, among keys: [String]) -> ConnectionLoadError {
        let name = key.split(separator: ".").last.map(String.init) ?? key
        let suggestion = closestName(to: name, among: keys).map { "did you mean '\($0)'?" }
        return ConnectionLoadError(key: key, message: "unknown \(what): \(key)", suggestion: suggestion)
    }
}

extension ConfigurationEnvironment {
    /// Proposals of a list in which `default` stands for the defaults.
    func proposals(_ id: SecurityProtocol, _ texts: [String]) throws(ValueError) -> [Proposal] {
        var result: [Proposal] = []
        for text in texts {
            if text.lowercased() == "default" {
                result += Proposal.defaults(for: id) { supports(id, $0) }
                continue
            }
            do throws(ProposalError) {
                result.append(try Proposal.parse(text, protocol: id) { supports(id, $0) })
            } catch {
                throw ValueError("'\(text)': \(error)")
            }
        }
        return result
    }

    /// What a peer's identity must look like: `%any`, an identity with or without wildcards, or a regular expression
    /// behind the kind of identity that it is for (`fqdn:^vpn[0-9]+\.example\.org$`).
    func identityPattern(_ text: String) throws(ValueError) -> IdentityPattern {
        if text == "%any" || text.isEmpty { return .any }
        if case .regex(let kind, let pattern) = IdentityPattern(text: text) {
            guard ExtendedExpression(pattern) != nil else {
                throw ValueError("'\(pattern)' is no POSIX extended regular expression")
            }
            return .regex(kind: kind, pattern: pattern)
        }
        guard let identity = identify(text) else { throw ValueError("is no identity") }
        return identity.kind == .any ? .any : .identity(identity)
    }
}

extension Array {
    fileprivate func sortedByRound(_ round: KeyPath<Element, Int>) -> [Element] {
        enumerated().sorted { ($0.element[keyPath: round], $0.offset) < ($1.element[keyPath: round], $1.offset) }
            .map(\.element)
    }

    func mapValues<T>(_ transform: (Element) throws(ValueError) -> T) throws(ValueError) -> [T] {
        var result: [T] = []
        for element in self { result.append(try transform(element)) }
        return result
    }
}
