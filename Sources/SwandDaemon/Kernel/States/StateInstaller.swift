private import CryptoInterface
package import IKESA
package import IPsecModel
package import XFRM

/// SAs in the kernel's SAD: what was installed, and requests about it.
package final class StateInstaller {
    private let channel: any NetlinkChannel
    private let network: NetworkView
    private let settings: KernelSettings
    private let journal: KernelJournal
    private var reservedSPIs = SPIReservations()
    private var reservedCPIs = SPIReservations()
    private var installed: [Key: Record] = [:]
    private var takenCPIs: Set<UInt32> = []

    private struct Key: Hashable {
        var ipProtocol: XFRMProtocol
        var spi: SPI
        var destination: IPAddress

        init(_ sa: SAIdentifier) {
            ipProtocol = sa.protocolID.kernelProtocol
            spi = sa.spi
            destination = sa.destination
        }
    }

    private struct Record {
        var source: IPAddress
        var mark: XFRMMark
        var cpi: SPI
        var isInbound: Bool
    }

    package init(
        channel: any NetlinkChannel, network: NetworkView, settings: KernelSettings, journal: KernelJournal
    ) {
        self.channel = channel
        self.network = network
        self.settings = settings
        self.journal = journal
    }

    package var count: Int { installed.count }

    /// Everything that is in the kernel, IPComp included.
    package var entries: [KernelEntry] {
        installed.flatMap { key, record in ids(key, record).map { .state($0) } }
    }

    /// The CPI of an SA that compresses; zero: it does not.
    package func cpi(ofOutbound spi: SPI, _ protocolID: SecurityProtocol, destination: IPAddress) -> SPI {
        installed[Key(SAIdentifier(protocolID: protocolID, spi: spi, source: destination, destination: destination))]?
            .cpi ?? .none
    }

    // MARK: SPIs

    /// Chosen here instead of by the kernel, which saves a request and an entry that may never be used. Random, so
    /// that SPIs of other daemons are met by chance only; the kernel refuses the SA then.
    package func allocateSPI(_ protocolID: SecurityProtocol, destination: IPAddress) throws(KernelError) -> SPI {
        var generator = SystemRandomNumberGenerator()
        let spi = reservedSPIs.reserve(in: settings.spiRange, using: &generator) { candidate in
            installed[
                Key(
                    SAIdentifier(
                        protocolID: protocolID, spi: candidate, source: destination, destination: destination))]
                != nil
        }
        guard let spi else { throw Self.exhausted("allocate an SPI") }
        return spi
    }

    package func allocateCPI() throws(KernelError) -> SPI {
        var generator = SystemRandomNumberGenerator()
        // RFC 3173 §2.1: 0 to 255 are well-known, 61440 and above are for private agreement.
        let cpi = reservedCPIs.reserve(in: 0x100...0xefff, using: &generator) { takenCPIs.contains($0.rawValue) }
        guard let cpi else { throw Self.exhausted("allocate a CPI") }
        return cpi
    }

    package func releaseCPI(_ cpi: SPI) { reservedCPIs.release(cpi) }

    private static func exhausted(_ request: String) -> KernelError {
        KernelError(request: request, code: NetlinkFailure.exists, reason: "all numbers of the range are taken")
    }

    // MARK: Adding

    package func add(_ sa: SAParameters) throws(KernelError) {
        let offload = try self.offload(for: sa)
        do throws(KernelError) {
            try install(sa, offload)
        } catch {
            // `auto` offloads where that works.
            guard offload != nil, sa.hardwareOffload == .auto else { throw error }
            try install(sa, nil)
        }
    }

    private func install(_ sa: SAParameters, _ offload: XFRMOffload?) throws(KernelError) {
        let states: KernelStates
        do {
            states = try sa.kernelStates(offload: offload, narrowsTransport: settings.narrowsTransportSAs)
        } catch {
            throw error.asKernelError(Self.request("add", sa.identifier))
        }
        var done: [XFRMStateID] = []
        for pair in states.pairs {
            do {
                try channel.transact(StateRequest.add(pair.state, pair.attributes))
            } catch {
                remove(done)
                throw refusal(error, sa, offload)
            }
            done.append(pair.id)
            journal.add(.state(pair.id))
        }
        do {
            try confirm(offload, sa, done.last)
        } catch {
            remove(done)
            throw error
        }
        installed[Key(sa.identifier)] = Record(
            source: sa.identifier.source, mark: sa.identifier.mark.kernelMark, cpi: sa.cpi, isInbound: sa.isInbound)
        guard sa.isInbound else { return }
        reservedSPIs.release(sa.identifier.spi)
        guard !sa.cpi.isZero else { return }
        reservedCPIs.release(sa.cpi)
        takenCPIs.insert(sa.cpi.rawValue)
    }

    // MARK: Hardware

    /// A refusal may be the device's: it is named.
    private func refusal(_ failure: NetlinkFailure, _ sa: SAParameters, _ offload: XFRMOffload?) -> KernelError {
        var error = failure.asKernelError(Self.request("add", sa.identifier))
        if let name = offload.flatMap({ network.interfaceName(index: $0.interfaceIndex) }) {
            error.reason = "hw_offload to network device \(name): \(error.reason)"
        }
        return error
    }

    /// The kernel takes an SA for a device that cannot offload without a word and protects its packets itself: only
    /// what it shows of the SA says so. That is what `auto` is for, and nobody else wants.
    private func confirm(_ offload: XFRMOffload?, _ sa: SAParameters, _ id: XFRMStateID?) throws(KernelError) {
        guard let offload, let id, sa.hardwareOffload != .auto else { return }
        let isOffloaded = try? channel.query(StateRequest.get(id)) { view in
            try view.attributes(from: XFRMState.size).first(XFRMAttribute.offloadDevice) != nil
        }
        guard isOffloaded != true else { return }
        let name = network.interfaceName(index: offload.interfaceIndex) ?? "\(offload.interfaceIndex)"
        throw KernelError(
            request: Self.request("add", sa.identifier), code: NetlinkFailure.notSupported,
            reason: "network device \(name) does not offload IPsec (hw_offload=auto does without)")
    }

    private func offload(for sa: SAParameters) throws(KernelError) -> XFRMOffload? {
        guard sa.hardwareOffload != .no else { return nil }
        let local = sa.isInbound ? sa.identifier.destination : sa.identifier.source
        guard let interface = network.interface(of: local), !interface.isLoopback else {
            guard sa.hardwareOffload == .auto else {
                throw KernelError(
                    request: Self.request("add", sa.identifier), code: NetlinkFailure.notSupported,
                    reason: "no network device with address \(local) to offload to")
            }
            return nil
        }
        return XFRMOffload(
            interfaceIndex: interface.index, isInbound: sa.isInbound, isPacketMode: sa.hardwareOffload == .packet)
    }

    private func remove(_ ids: [XFRMStateID]) {
        for id in ids.reversed() {
            try? channel.transact(StateRequest.delete(id))
            journal.remove(.state(id))
        }
    }

    // MARK: Deleting

    /// Deleting an SPI that no SA was installed for gives it back.
    package func delete(_ sa: SAIdentifier) throws(KernelError) {
        guard let record = installed.removeValue(forKey: Key(sa)) else {
            guard !reservedSPIs.release(sa.spi) else { return }
            throw Self.missing("delete", sa)
        }
        if record.isInbound { takenCPIs.remove(record.cpi.rawValue) }
        var failure: NetlinkFailure?
        for id in ids(Key(sa), record) {
            do {
                try channel.transact(StateRequest.delete(id))
            } catch {
                failure = failure ?? error
            }
            journal.remove(.state(id))
        }
        if let failure { throw failure.asKernelError(Self.request("delete", sa)) }
    }

    package func deleteAll() {
        for (key, record) in installed { remove(ids(key, record)) }
        installed.removeAll()
        takenCPIs.removeAll()
    }

    // MARK: Asking

    package func usage(of sa: SAIdentifier) throws(KernelError) -> SAUsage {
        let id = id(of: sa)
        let report = try naming(Self.request("query", sa)) { () throws(NetlinkFailure) in
            try channel.query(StateRequest.get(id)) { try XFRMStateReport(from: $0) }
        }
        return SAUsage(
            bytes: report.state.usage.bytes, packets: report.state.usage.packets,
            idle: WallClock.idle(since: max(report.lastUsed, report.state.usage.firstUsed)))
    }

    /// What the kernel would have said of our SAs, as its whole list shows it: those that are gone have reached a hard
    /// limit, and those that have passed a soft one wait to be replaced.
    package func expiries(in reports: [XFRMStateReport]) -> [KernelEvent] {
        var present: [Key: XFRMState] = [:]
        for report in reports {
            if let id = SAIdentifier(report.id) { present[Key(id)] = report.state }
        }
        return installed.compactMap { key, record in
            guard let id = SAIdentifier(ids(key, record)[0]) else { return nil }
            guard let state = present[key] else { return .expire(id, hard: true) }
            return state.hasPassedSoftLimit ? .expire(id, hard: false) : nil
        }
    }

    // MARK: Moving

    /// The kernel cannot change an SA's addresses, so it is asked for the SA, and a copy with other addresses takes its
    /// place. Packets that come in between are lost, as they are when the path changes anyway. If the copy is refused,
    /// the old SA is put back.
    package func update(_ sa: SAIdentifier, to new: SAAddresses) throws(KernelError) {
        guard let record = installed[Key(sa)] else { throw Self.missing("update", sa) }
        let request = Self.request("update", sa)
        var moved = sa
        moved.source = new.source
        moved.destination = new.destination
        var newRecord = record
        newRecord.source = new.source
        let old = ids(Key(sa), record)
        let replacements = try old.map { (id) throws(KernelError) in try replacement(for: id, new, request) }
        let current = ids(Key(moved), newRecord)
        for (number, replacement) in replacements.enumerated() {
            do throws(NetlinkFailure) {
                try replace(old[number], replacement)
            } catch {
                for done in (0..<number).reversed() {
                    try? channel.transact(StateRequest.delete(current[done]))
                    try? channel.transact(replacements[done].old)
                }
                throw error.asKernelError(request)
            }
        }
        installed[Key(sa)] = nil
        installed[Key(moved)] = newRecord
        for id in old { journal.remove(.state(id)) }
        for id in current { journal.add(.state(id)) }
    }

    private typealias Replacement = (new: NetlinkRequest, old: NetlinkRequest)

    private func replace(_ id: XFRMStateID, _ replacement: Replacement) throws(NetlinkFailure) {
        try channel.transact(StateRequest.delete(id))
        do throws(NetlinkFailure) {
            try channel.transact(replacement.new)
        } catch {
            try? channel.transact(replacement.old)
            throw error
        }
    }

    /// The requests that make the SA anew, with the new addresses and with the old ones.
    private func replacement(
        for id: XFRMStateID, _ new: SAAddresses, _ request: String
    ) throws(KernelError) -> Replacement {
        let encapsulation = id.ipProtocol == .esp ? new.encapsulation : nil
        return try naming(request) { () throws(NetlinkFailure) in
            try channel.query(StateRequest.get(id)) { view in
                let replacement = try StateRequest.moved(
                    view, source: new.source, destination: new.destination,
                    encapsulation: encapsulation.map {
                        XFRMEncapsulation(sourcePort: $0.sourcePort, destinationPort: $0.destinationPort)
                    })
                return (replacement, try StateRequest.restored(view))
            }
        }
    }

    // MARK: Names

    /// ESP or AH first: it is what an SA is known by.
    private func ids(_ key: Key, _ record: Record) -> [XFRMStateID] {
        var id = XFRMStateID(
            destination: key.destination, spi: key.spi, ipProtocol: key.ipProtocol, source: record.source,
            mark: record.mark)
        guard !record.cpi.isZero else { return [id] }
        let first = id
        id.spi = record.cpi
        id.ipProtocol = .ipcomp
        return [first, id]
    }

    private func id(of sa: SAIdentifier) -> XFRMStateID {
        XFRMStateID(
            destination: sa.destination, spi: sa.spi, ipProtocol: sa.protocolID.kernelProtocol, source: sa.source,
            mark: installed[Key(sa)]?.mark ?? sa.mark.kernelMark)
    }

    private static func request(_ verb: String, _ sa: SAIdentifier) -> String {
        "\(verb) SAD entry with SPI \(sa.spi)"
    }

    private static func missing(_ verb: String, _ sa: SAIdentifier) -> KernelError {
        NetlinkFailure(code: NetlinkFailure.noSuchProcess).asKernelError(request(verb, sa))
    }
}

extension KernelStates.Pair {
    var id: XFRMStateID {
        XFRMStateID(
            destination: state.destination, spi: state.spi, ipProtocol: state.ipProtocol, source: state.source,
            mark: attributes.mark)
    }
}

extension UnsupportedSA {
    func asKernelError(_ request: String) -> KernelError {
        let reason =
            switch self {
            case .encryption(let id): "the kernel has no encryption algorithm \(id)"
            case .integrity(let id): "the kernel has no integrity algorithm \(id)"
            case .missingKey: "the SA has no key"
            case .compressionOfOtherFamily: "IPComp cannot carry IPv4 in IPv6 or IPv6 in IPv4"
            case .replayWindow(let size): "a replay window of \(size) packets is too large"
            }
        return KernelError(request: request, code: NetlinkFailure.noSystemCall, reason: reason)
    }
}
