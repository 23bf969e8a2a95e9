import IKESA
import IPsecModel
import VICI

/// IKE_SAs and CHILD_SAs with charon's keys and spellings, for listings and events alike.
enum SAPresentation {
    // MARK: IKE_SA

    /// The keys of an IKE_SA, without `child-sas`.
    static func ike(_ sa: IKESASnapshot) -> VICIMessage {
        var section = VICIMessage()
        section.set("uniqueid", sa.uniqueID)
        section.set("version", sa.version.rawValue)
        section.set("state", sa.state)
        endpoints(of: sa, into: &section)
        if sa.isInitiator { section.set("initiator", true) }
        section.set("initiator-spi", "\(sa.initiatorSPI)")
        section.set("responder-spi", "\(sa.responderSPI)")
        for (key, isSet) in [
            ("nat-local", sa.natLocal), ("nat-remote", sa.natRemote), ("nat-fake", sa.natFake),
            ("nat-any", sa.natLocal || sa.natRemote || sa.natFake),
        ] where isSet { section.set(key, true) }
        interfaces(sa.interfaceIDIn, sa.interfaceIDOut, into: &section)
        if let proposal = sa.proposal { algorithms(of: proposal, into: &section) }
        if sa.usesPPK { section.set("ppk", true) }
        times(of: sa, into: &section)
        lists(of: sa, into: &section)
        return section
    }

    /// An IKE_SA with the CHILD_SAs that its snapshot holds.
    static func ikeWithChildren(_ sa: IKESASnapshot) -> VICIMessage {
        var section = ike(sa)
        section.section("child-sas") { children in
            for child in sa.children { children.section(name(of: child), self.child(child)) }
        }
        return section
    }

    /// `name-uniqueid`: several CHILD_SAs of one name exist while one is replaced.
    static func name(of child: ChildSASnapshot) -> String { "\(child.name)-\(child.uniqueID)" }

    private static func endpoints(of sa: IKESASnapshot, into section: inout VICIMessage) {
        section.set("local-host", "\(sa.path.local.address)")
        section.set("local-port", sa.path.local.port)
        section.set("local-id", sa.localIdentity.map { "\($0)" } ?? "%any")
        section.set("remote-host", "\(sa.path.remote.address)")
        section.set("remote-port", sa.path.remote.port)
        section.set("remote-id", sa.remoteIdentity.map { "\($0)" } ?? "%any")
    }

    private static func times(of sa: IKESASnapshot, into section: inout VICIMessage) {
        guard let established = sa.established else { return }
        section.set("established", max(0, established.inSeconds))
        if let rekey = sa.rekeyIn { section.set("rekey-time", max(0, rekey.inSeconds)) }
        if let reauth = sa.reauthIn { section.set("reauth-time", max(0, reauth.inSeconds)) }
    }

    private static func lists(of sa: IKESASnapshot, into section: inout VICIMessage) {
        for (key, addresses) in [("local-vips", sa.localVirtualIPs), ("remote-vips", sa.remoteVirtualIPs)]
        where !addresses.isEmpty {
            section.list(key, addresses.map { "\($0)" })
        }
        for (key, tasks) in [
            ("tasks-queued", sa.tasksQueued), ("tasks-active", sa.tasksActive), ("tasks-passive", sa.tasksPassive),
        ] where !tasks.isEmpty {
            section.list(key, tasks)
        }
    }

    // MARK: CHILD_SA

    static func child(_ sa: ChildSASnapshot) -> VICIMessage {
        var section = VICIMessage()
        section.set("name", sa.name)
        section.set("uniqueid", sa.uniqueID)
        section.set("reqid", sa.reqid)
        // A rekeying that is tried again later leaves the CHILD_SA as it is. charon's RETRYING is one that is not up yet.
        section.set("state", sa.state == ChildState.retrying.rawValue ? ChildState.installed.rawValue : sa.state)
        section.set("mode", sa.mode.rawValue)
        if let protocolID = sa.protocolID { details(of: sa, protocolID, into: &section) }
        section.list("local-ts", sa.localSelectors.map(SelectorText.text))
        section.list("remote-ts", sa.remoteSelectors.map(SelectorText.text))
        return section
    }

    private static func details(
        of sa: ChildSASnapshot, _ protocolID: SecurityProtocol, into section: inout VICIMessage
    ) {
        section.set("protocol", protocolID.name)
        if sa.isEncapsulated { section.set("encap", true) }
        section.set("spi-in", "\(sa.spiIn)")
        section.set("spi-out", "\(sa.spiOut)")
        if !sa.cpiIn.isZero {
            section.set("cpi-in", Hexadecimal.text(sa.cpiIn.rawValue, width: 4))
            section.set("cpi-out", Hexadecimal.text(sa.cpiOut.rawValue, width: 4))
        }
        mark(sa.markIn, "in", into: &section)
        mark(sa.markOut, "out", into: &section)
        interfaces(sa.interfaceIDIn, sa.interfaceIDOut, into: &section)
        if let proposal = sa.proposal {
            algorithms(of: proposal, into: &section)
            if proposal.usesExtendedSequenceNumbers { section.set("esn", 1) }
        }
        traffic(of: sa, into: &section)
    }

    private static func mark(_ mark: Mark, _ direction: String, into section: inout VICIMessage) {
        guard mark.value != 0 else { return }
        section.set("mark-\(direction)", Hexadecimal.text(mark.value, width: 8))
        if mark.mask != .max { section.set("mark-mask-\(direction)", Hexadecimal.text(mark.mask, width: 8)) }
    }

    private static func traffic(of sa: ChildSASnapshot, into section: inout VICIMessage) {
        section.set("bytes-in", sa.bytesIn)
        section.set("packets-in", sa.packetsIn)
        if let idle = sa.idleIn { section.set("use-in", max(0, idle.inSeconds)) }
        section.set("bytes-out", sa.bytesOut)
        section.set("packets-out", sa.packetsOut)
        if let idle = sa.idleOut { section.set("use-out", max(0, idle.inSeconds)) }
        if let rekey = sa.rekeyIn { section.set("rekey-time", max(0, rekey.inSeconds)) }
        if let life = sa.lifeLeft { section.set("life-time", max(0, life.inSeconds)) }
        if let installed = sa.installed { section.set("install-time", max(0, installed.inSeconds)) }
    }

    // MARK: Common

    private static func interfaces(_ inbound: UInt32, _ outbound: UInt32, into section: inout VICIMessage) {
        if inbound != 0 { section.set("if-id-in", Hexadecimal.text(inbound, width: 8)) }
        if outbound != 0 { section.set("if-id-out", Hexadecimal.text(outbound, width: 8)) }
    }

    private static func algorithms(of proposal: Proposal, into section: inout VICIMessage) {
        if let encryption = proposal.encryption {
            section.set("encr-alg", encryption.algorithmName)
            if let bits = encryption.keyLength, bits != 0 { section.set("encr-keysize", bits) }
        }
        if let integrity = proposal.integrity { section.set("integ-alg", "\(integrity)") }
        if let prf = proposal.prf { section.set("prf-alg", "\(prf)") }
        if let method = proposal.keyExchange { section.set("dh-group", "\(method)") }
        for type in TransformType.allCases where type.isKeyExchange && type != .keyExchange {
            guard let method = proposal.first(type), method.id != 0 else { continue }
            section.set("ake\(type.rawValue - TransformType.additionalKeyExchange1.rawValue + 1)", method.algorithmName)
        }
    }
}
