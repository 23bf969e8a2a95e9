import IPsecModel

/// One section of `children` while its keys are read.
struct ChildDraft {
    private var child: ChildConfig
    private(set) var warnings: [String] = []
    private let environment: ConfigurationEnvironment
    private var esp: [Proposal] = []
    private var ah: [Proposal] = []
    private var time = Limits<Duration>()
    private var bytes = Limits<UInt64>()
    private var packets = Limits<UInt64>()

    private struct Limits<Amount> {
        var rekey: Amount?
        var life: Amount?
        var random: Amount?
    }

    init(name: String, source: String, environment: ConfigurationEnvironment) {
        child = ChildConfig(name: name)
        child.source = source
        child.replayWindow = environment.replayWindow
        self.environment = environment
    }

    mutating func read(_ item: ConfigurationNode.Item) throws(ConnectionLoadError) {
        let key = "children.\(child.name).\(item.key)"
        guard let texts = item.content.texts else { throw .unknown(key, what: "section", among: Self.keys) }
        do throws(ValueError) {
            let text = item.content.text
            if try applyAny(item.key, text, texts) {
                warnIfIneffective(item.key, text)
                return
            }
        } catch {
            throw .invalid(key, error, value: texts)
        }
        throw .unknown(key, what: "option", among: Self.keys)
    }

    mutating func finish() -> ChildConfig {
        child.proposals = esp + ah
        if child.proposals.isEmpty {
            child.proposals = Proposal.defaults(for: .esp) { [environment] in environment.supports(.esp, $0) }
        }
        settleLimits()
        return child
    }

    static let keys = [
        "ah_proposals", "esp_proposals", "sha256_96", "local_ts", "remote_ts", "rekey_time", "life_time", "rand_time",
        "rekey_bytes", "life_bytes", "rand_bytes", "rekey_packets", "life_packets", "rand_packets", "updown",
        "hostaccess", "mode", "policies", "policies_fwd_out", "dpd_action", "ipcomp", "inactivity", "reqid",
        "priority", "interface", "mark_in", "mark_in_sa", "mark_out", "set_mark_in", "set_mark_out", "if_id_in",
        "if_id_out", "label", "label_mode", "tfc_padding", "replay_window", "per_cpu_sas", "hw_offload", "copy_df",
        "copy_ecn", "copy_dscp", "icmp", "start_action", "close_action",
    ]

    private mutating func applyAny(_ key: String, _ text: String, _ texts: [String]) throws(ValueError) -> Bool {
        if try apply(key, text, texts) { return true }
        if try applyLimit(key, text) { return true }
        return try applyKernel(key, text)
    }

    private mutating func apply(_ key: String, _ text: String, _ texts: [String]) throws(ValueError) -> Bool {
        switch key {
        case "esp_proposals": esp = try environment.proposals(.esp, texts)
        case "ah_proposals": ah = try environment.proposals(.ah, texts)
        case "local_ts": child.localSelectors = try selectors(texts)
        case "remote_ts": child.remoteSelectors = try selectors(texts)
        case "mode": child.mode = try Self.mode(text)
        case "updown": child.updown = text.isEmpty ? nil : text
        case "hostaccess": child.hostAccess = try Value.boolean(text)
        case "policies": child.installPolicies = try Value.boolean(text)
        case "policies_fwd_out": child.forwardPolicyOut = try Value.boolean(text)
        case "dpd_action": child.dpdAction = try Value.word(text, Self.lossActions)
        case "close_action": child.closeAction = try Value.word(text, Self.lossActions)
        case "start_action": child.startAction = try Self.startAction(text)
        case "ipcomp": child.ipcomp = try Value.boolean(text)
        case "inactivity": child.inactivity = try Value.duration(text)
        case "sha256_96": child.sha256TruncatedTo96 = try Value.boolean(text)
        default: return false
        }
        return true
    }

    private mutating func applyLimit(_ key: String, _ text: String) throws(ValueError) -> Bool {
        switch key {
        case "rekey_time": time.rekey = try Value.duration(text)
        case "life_time": time.life = try Value.duration(text)
        case "rand_time": time.random = try Value.duration(text)
        case "rekey_bytes": bytes.rekey = try Value.bytes(text)
        case "life_bytes": bytes.life = try Value.bytes(text)
        case "rand_bytes": bytes.random = try Value.bytes(text)
        case "rekey_packets": packets.rekey = try Value.number(text)
        case "life_packets": packets.life = try Value.number(text)
        case "rand_packets": packets.random = try Value.number(text)
        default: return false
        }
        return true
    }

    private mutating func applyKernel(_ key: String, _ text: String) throws(ValueError) -> Bool {
        switch key {
        case "reqid": child.reqid = try Value.number(text)
        case "priority": child.priority = try Value.number(text)
        case "interface": child.interface = try Self.interface(text)
        case "mark_in": child.markIn = try Value.mark(text)
        case "mark_in_sa": child.markInSA = try Value.boolean(text)
        case "mark_out": child.markOut = try Value.mark(text)
        case "set_mark_in": child.setMarkIn = try Value.mark(text, allowSame: true)
        case "set_mark_out": child.setMarkOut = try Value.mark(text, allowSame: true)
        case "if_id_in": child.interfaceIDIn = try Value.interfaceID(text)
        case "if_id_out": child.interfaceIDOut = try Value.interfaceID(text)
        case "label": child.label = text.isEmpty ? nil : text
        case "tfc_padding": child.tfcPadding = try Value.trafficFlowPadding(text)
        case "replay_window": child.replayWindow = try Value.number(text, in: 0...4096)
        case "hw_offload":
            child.hardwareOffload = try Value.word(
                text, ["no": .no, "yes": .crypto, "crypto": .crypto, "packet": .packet, "auto": .auto])
        case "copy_df": child.copyDF = try Value.boolean(text)
        case "copy_ecn": child.copyECN = try Value.boolean(text)
        case "copy_dscp": child.copyDSCP = try Value.word(text, ["no": .no, "in": .in, "out": .out, "yes": .yes])
        case "label_mode": _ = try Value.word(text, ["system": 0, "simple": 1, "selinux": 2])
        case "per_cpu_sas": if text.lowercased() != "encap" { _ = try Value.boolean(text) }
        case "icmp": _ = try Value.boolean(text)
        default: return false
        }
        return true
    }

    private mutating func warnIfIneffective(_ key: String, _ text: String) {
        guard IneffectiveKeys.child.contains(key), !IneffectiveKeys.isOff(key, text) else { return }
        warnings.append("'children.\(child.name).\(key)' has no effect yet")
    }

    private func selectors(_ texts: [String]) throws(ValueError) -> [SelectorPattern] {
        let selectors = try texts.mapValues { text throws(ValueError) in try Value.selector(text) }
        return selectors.isEmpty ? [.dynamic()] : selectors
    }

    private static func mode(_ text: String) throws(ValueError) -> ChildConfig.Mode {
        if text.lowercased() == "iptfs" {
            throw ValueError("'iptfs' is not offered", suggestion: "use tunnel")
        }
        return try Value.word(
            text,
            [
                "tunnel": .tunnel, "transport": .transport, "transport_proxy": .transportProxy, "beet": .beet,
                "drop": .drop, "pass": .pass,
            ])
    }

    /// A name as the kernel takes it (`dev_valid_name`): at most 15 octets, no blank, slash or colon, no `.` or `..`.
    private static func interface(_ text: String) throws(ValueError) -> String? {
        guard !text.isEmpty else { return nil }
        guard text.utf8.count <= 15, text != ".", text != "..",
            !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") })
        else { throw ValueError("'\(text)' cannot be the name of an interface") }
        return text
    }

    static func startAction(_ text: String) throws(ValueError) -> ChildConfig.StartAction {
        var actions: ChildConfig.StartAction = []
        for word in text.split(separator: "|") {
            actions.formUnion(
                try Value.word(
                    word, ["none": [], "clear": [], "trap": .trap, "route": .trap, "start": .start, "restart": .start]))
        }
        return actions
    }

    static let lossActions: KeyValuePairs<String, ChildConfig.LossAction> = [
        "none": .none, "clear": .none, "trap": .trap, "route": .trap, "hold": .trap, "start": .start,
        "restart": .start,
    ]

    /// `life` is a tenth more than `rekey` and the other way round; `random` is the room between both.
    private mutating func settleLimits() {
        let rekey = time.rekey ?? time.life.map { $0 * 10 / 11 } ?? .seconds(3600)
        let life = time.life ?? rekey * 11 / 10
        child.lifetime.rekeyTime = rekey
        child.lifetime.lifeTime = life
        child.lifetime.randomTime = time.random ?? (life > rekey ? life - rekey : .zero)
        (child.lifetime.rekeyBytes, child.lifetime.lifeBytes, child.lifetime.randomBytes) = Self.settle(bytes)
        (child.lifetime.rekeyPackets, child.lifetime.lifePackets, child.lifetime.randomPackets) = Self.settle(packets)
    }

    private static func settle(_ limits: Limits<UInt64>) -> (rekey: UInt64, life: UInt64, random: UInt64) {
        let rekey = limits.rekey ?? limits.life.map { $0 - $0 / 11 } ?? 0
        let (more, overflow) = rekey.addingReportingOverflow(rekey / 10)
        let life = limits.life ?? (overflow ? .max : more)
        return (rekey, life, limits.random ?? (life > rekey ? life - rekey : 0))
    }
}
