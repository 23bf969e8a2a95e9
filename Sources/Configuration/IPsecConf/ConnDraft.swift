import IPsecModel

/// One `conn` section while it becomes a connection with one child.
struct ConnDraft {
    var reader: IPsecConfSectionReader
    let setup: IPsecSetup
    let files: any ConfigurationFiles
    let environment: ConfigurationEnvironment
    let directories: IPsecDirectories
    private(set) var peer: PeerConfig
    private(set) var pools: [AddressPool] = []
    /// False for `auto=ignore`, and without `auto`.
    private(set) var isLoaded = false

    init(
        reader: IPsecConfSectionReader, setup: IPsecSetup, files: any ConfigurationFiles,
        environment: ConfigurationEnvironment, directories: IPsecDirectories
    ) {
        self.reader = reader
        self.setup = setup
        self.files = files
        self.environment = environment
        self.directories = directories
        peer = PeerConfig(name: reader.section.name)
        peer.source = reader.source
    }

    mutating func read() {
        reader.checkKeywords()
        var child = ChildConfig(name: reader.section.name)
        child.source = reader.source
        readStart(&child)
        let left = ConnEnd(side: "left", reader: &reader)
        let right = ConnEnd(side: "right", reader: &reader)
        let isSwapped = right.isOurs(environment.isLocal) && !left.isOurs(environment.isLocal)
        let (local, remote) = isSwapped ? (right, left) : (left, right)
        readPeer()
        readLifetimes(&child)
        readChild(&child)
        readKernel(&child)
        apply(local: local, remote: remote, to: &child)
        readAuthentication(local: local, remote: remote, isShunt: child.mode.isShunt)
        peer.children = [child]
    }

    private mutating func readStart(_ child: inout ChildConfig) {
        let start: ChildConfig.StartAction? = reader.value("auto", nil) { text throws(ValueError) in
            try Value.word(text, ["ignore": nil, "add": [], "route": .trap, "start": .start])
        }
        isLoaded = start != nil
        child.startAction = start ?? []
    }

    private mutating func readPeer() {
        peer.version = reader.value("keyexchange", .any) { text throws(ValueError) in
            try Value.word(text, ["ike": .any, "ikev1": .ikev1, "ikev2": .ikev2])
        }
        if peer.version == .ikev1 {
            reader.warn("keyexchange", "'keyexchange=ikev1' has no effect yet: IKEv1 is not offered")
        }
        peer.proposals = proposals("ike", .ike, fallback: "aes128-sha256-modp3072")
        peer.aggressive = reader.value("aggressive", false, Value.boolean)
        peer.pull = reader.value("modeconfig", true) { text throws(ValueError) in
            try Value.word(text, ["pull": true, "push": false])
        }
        _ = reader.value("xauth", false) { text throws(ValueError) in
            try Value.word(text, ["client": false, "server": true])
        }
        _ = reader.value("mediation", false, Value.boolean)
        peer.dscp = reader.value("ikedscp", 0, Value.dscp)
        peer.forceEncapsulation = reader.value("forceencaps", false, Value.boolean)
        peer.mobike = reader.value("mobike", true, Value.boolean)
        peer.fragmentation = reader.value("fragmentation", .yes) { text throws(ValueError) in
            try Value.word(text, PeerDraft.fragmentation)
        }
        peer.keyingTries = reader.value("keyingtries", 3) { text throws(ValueError) in
            text == "%forever" ? 0 : Int(try Value.number(text) as UInt16)
        }
        peer.unique = setup.uniqueIDs
    }

    private mutating func readChild(_ child: inout ChildConfig) {
        child.mode = reader.value("type", .tunnel) { text throws(ValueError) in
            try Value.word(
                text,
                [
                    "tunnel": .tunnel, "transport": .transport, "transport_proxy": .transportProxy, "beet": .beet,
                    "passthrough": .pass, "pass": .pass, "drop": .drop,
                ])
        }
        child.proposals =
            reader.entry("ah") == nil
            ? proposals("esp", .esp, fallback: "aes128-sha256") : proposals("ah", .ah, fallback: "sha256")
        child.sha256TruncatedTo96 = reader.value("sha256_96", false, Value.boolean)
        let actions: KeyValuePairs<String, ChildConfig.LossAction> = [
            "none": .none, "clear": .none, "hold": .trap, "restart": .start,
        ]
        child.closeAction = reader.value("closeaction", .none) { text throws(ValueError) in
            try Value.word(text, actions)
        }
        child.dpdAction = reader.value("dpdaction", .none) { text throws(ValueError) in try Value.word(text, actions) }
        let delay = reader.value("dpddelay", .seconds(30), Value.duration)
        let timeout = reader.value("dpdtimeout", .seconds(150), Value.duration)
        // `dpdaction=none` means no liveness checks at all, `clear` means checks after which nothing is set up again.
        if let action = reader.text("dpdaction"), action != "none" {
            peer.dpdDelay = delay
            peer.dpdTimeout = timeout
        }
        child.ipcomp = reader.value("compress", false, Value.boolean)
        child.inactivity = reader.value("inactivity", .zero, Value.duration)
    }

    private mutating func readKernel(_ child: inout ChildConfig) {
        child.installPolicies = reader.value("installpolicy", true, Value.boolean)
        child.reqid = reader.value("reqid", 0) { text throws(ValueError) in try Value.number(text) }
        let mark = reader.value("mark", MarkConfig()) { text throws(ValueError) in try Value.mark(text) }
        child.markIn = reader.value("mark_in", mark) { text throws(ValueError) in try Value.mark(text) }
        child.markOut = reader.value("mark_out", mark) { text throws(ValueError) in try Value.mark(text) }
        let standard = environment.replayWindow
        child.replayWindow = reader.value("replay_window", standard) { text throws(ValueError) in
            text == "-1" ? standard : try Value.number(text, in: 0...4096)
        }
        child.tfcPadding = reader.value("tfc", nil, Value.trafficFlowPadding)
    }

    private mutating func apply(local: ConnEnd, remote: ConnEnd, to child: inout ChildConfig) {
        peer.localAddresses = local.hosts
        peer.remoteAddresses = remote.hosts
        peer.localPort = local.ikePort
        peer.remotePort = remote.ikePort
        peer.sendCertificate = local.sendCertificate
        peer.sendCertificateRequest = remote.sendCertificate != .never
        child.localSelectors = local.selectors
        child.remoteSelectors = remote.selectors
        child.updown = local.updown
        child.firewall = local.firewall
        child.hostAccess = local.hostAccess
        if local.firewall, local.updown != nil {
            let location = reader.entry(local.key("firewall"))?.location ?? reader.section.location
            reader.report(
                .error, at: location, "'\(local.key("firewall"))' and '\(local.key("updown"))' exclude each other",
                suggestion: "remove one of them")
        }
        readVirtualIPs(local, remote: remote)
        readPools(remote)
    }

    private mutating func readVirtualIPs(_ local: ConnEnd, remote: ConnEnd) {
        guard let entry = reader.entry(local.key("sourceip")) else { return }
        guard remote.sourceIPs.isEmpty else {
            reader.warn(entry.key, "'\(entry.key)' has no effect beside '\(remote.key("sourceip"))'")
            return
        }
        let isV6 = local.hosts.contains { if case .address(let address) = $0 { address.family == .v6 } else { false } }
        peer.virtualIPs = reader.value(entry.key, []) { text throws(ValueError) in
            try Value.list(text).mapValues { part throws(ValueError) in
                switch part {
                case "%config", "%cfg", "%modeconfig", "%modecfg": .any(isV6 ? .v6 : .v4)
                case "%config4": .any(.v4)
                case "%config6": .any(.v6)
                default: try Value.address(part)
                }
            }
        }
    }

    private mutating func readPools(_ remote: ConnEnd) {
        guard let entry = reader.entry(remote.key("sourceip")) else { return }
        for part in remote.sourceIPs {
            if part.hasPrefix("%config") || ["%cfg", "%modeconfig", "%modecfg"].contains(part) {
                addPool(AddressPool(name: peer.name))
            } else if part.hasPrefix("%") {
                peer.pools.append(String(part.dropFirst()))
            } else {
                do throws(ValueError) {
                    let (first, last) = try Self.poolRange(part)
                    var pool = AddressPool(name: part, first: first, last: last)
                    pool.dns = remote.dns
                    addPool(pool)
                } catch {
                    reader.report(error, of: entry)
                }
            }
        }
    }

    private mutating func addPool(_ pool: AddressPool) {
        peer.pools.append(pool.name)
        pools.append(pool)
    }

    private static func poolRange(_ text: String) throws(ValueError) -> (IPAddress, IPAddress) {
        if let address = IPAddress(text) { return (address, address) }
        if let range = try Value.range(text) { return range }
        let network = try Value.network(text)
        let all = TrafficSelector(network: network.address, prefix: network.prefix)
        return (network.address, all.end)
    }

    /// The proposals of a key; the defaults follow unless the text ends with `!`.
    private mutating func proposals(_ key: String, _ id: SecurityProtocol, fallback: String) -> [Proposal] {
        let environment = environment
        let defaults = Proposal.defaults(for: id) { environment.supports(id, $0) }
        let usual = (try? environment.proposals(id, [fallback])) ?? []
        let weak = WeakAlgorithms.named(in: reader.text(key) ?? "")
        if !weak.isEmpty {
            let names = weak.map { "'\($0)'" }.joined(separator: ", ")
            reader.warn(key, "'\(key)': \(names) \(weak.count == 1 ? "is" : "are") weak", suggestion: "use it with peers that have nothing better")
        }
        return reader.value(key, usual + defaults) { text throws(ValueError) in
            let isStrict = text.hasSuffix("!")
            let own = try environment.proposals(id, Value.list(isStrict ? text.dropLast() : text[...]))
            guard !own.isEmpty else { throw ValueError("holds no proposal") }
            return own + (isStrict ? [] : defaults)
        }
    }
}

extension ConnDraft {
    mutating func setRounds(local: [LocalAuthentication], remote: [RemoteAuthentication]) {
        peer.local = local
        peer.remote = remote
    }

    mutating func setTimes(rekey: Duration, reauth: Duration, over: Duration, random: Duration) {
        peer.rekeyTime = rekey
        peer.reauthTime = reauth
        peer.overTime = over
        peer.randomTime = random
    }
}
