import CryptoInterface
package import IPsecModel

/// A CHILD_SA: a pair of ESP or AH SAs with their policies (RFC 4301 §4.1, RFC 7296 §1.3).
///
/// It owns what it has put into the kernel: whatever was installed is taken back by ``uninstall(_:)``, and an
/// installation that fails half-way leaves nothing.
package final class ChildSA {
    package let config: ChildConfig
    package let uniqueID: UInt32
    /// ESP or AH; where both are offered, the peer's choice settles it.
    package var protocolID: SecurityProtocol
    package var state: ChildState = .created

    package private(set) var spiIn: SPI = .none
    package var spiOut: SPI = .none
    package private(set) var cpiIn: SPI = .none
    package var cpiOut: SPI = .none
    package var reqid: UInt32 = 0
    /// Whether ``reqid`` was claimed from the table and must be given back.
    package var ownsReqid = false

    package var mode: ChildConfig.Mode
    package var proposal: Proposal?
    package var localSelectors: [TrafficSelector] = []
    package var remoteSelectors: [TrafficSelector] = []
    /// The peer cannot take padded ESP (RFC 7296 §3.10.1).
    package var peerRefusesTFC = false

    package private(set) var addresses: ChildAddresses
    package private(set) var marks: ChildMarks

    package private(set) var hasInbound = false
    package private(set) var hasOutbound = false
    private var policiesInKernel = PolicyCounts()
    /// The outbound SA of a rekeying that we answered: it is used once the peer deletes the old one.
    private var delayedOutbound: ChildDirectionKeys?

    package private(set) var installedAt: Instant?
    package private(set) var rekeyAt: Instant?
    package private(set) var expiresAt: Instant?

    /// The CHILD_SA that this one replaces, or is replaced by, while a rekeying is under way.
    package weak var replaces: ChildSA?
    package weak var replacedBy: ChildSA?
    /// The CHILD_SA of a new IKE_SA that takes over once this one goes: its peer authenticates anew.
    package weak var successor: ChildSA?

    package init(
        config: ChildConfig, uniqueID: UInt32, protocolID: SecurityProtocol, addresses: ChildAddresses,
        marks: ChildMarks
    ) {
        self.config = config
        self.uniqueID = uniqueID
        self.protocolID = protocolID
        self.addresses = addresses
        self.marks = marks
        mode = config.mode
    }

    // MARK: SPIs

    /// Reserves the inbound SPI, once, and the interface that the configuration names: what an SA needs before it can
    /// be promised to the peer.
    package func allocateSPI(_ kernel: any Kernel) throws(KernelError) -> SPI {
        if spiIn.isZero {
            try claimInterface(kernel)
            do {
                spiIn = try kernel.allocateSPI(protocolID, source: addresses.remote, destination: addresses.local)
            } catch {
                releaseInterface(kernel)
                throw error
            }
            isSPIReserved = true
        }
        return spiIn
    }

    private func claimInterface(_ kernel: any Kernel) throws(KernelError) {
        guard let name = config.interface, !holdsInterface else { return }
        marks = try kernel.claimInterface(name, for: marks)
        holdsInterface = true
    }
    private var holdsInterface = false

    private func releaseInterface(_ kernel: any Kernel) {
        guard let name = config.interface, holdsInterface else { return }
        holdsInterface = false
        kernel.releaseInterface(name)
    }

    /// The kernel keeps ``spiIn`` for us, and no SA has it yet.
    private var isSPIReserved = false

    /// Reserves the CPI under which compressed packets are to come in.
    package func allocateCPI(_ kernel: any Kernel) throws(KernelError) -> SPI {
        if cpiIn.isZero {
            cpiIn = try kernel.allocateCPI(source: addresses.remote, destination: addresses.local)
            isCPIReserved = true
        }
        return cpiIn
    }
    private var isCPIReserved = false

    /// The peer does not compress (RFC 7296 §2.22).
    package func giveUpCompression(_ kernel: any Kernel) {
        if isCPIReserved { kernel.releaseCPI(cpiIn) }
        isCPIReserved = false
        cpiIn = .none
        cpiOut = .none
    }

    /// Where it is to be installed; what is installed already is moved by ``move(to:environment:)``.
    package func place(at new: ChildAddresses) {
        if !hasInbound, !hasOutbound { addresses = new }
    }

    // MARK: Installing

    /// Puts both SAs and the policies into the kernel.
    ///
    /// - Parameter delayOutbound: install the inbound half only; ``installOutbound(_:settings:)`` does the rest.
    /// - Throws: the kernel's refusal, after everything that was installed has been taken back.
    package func install(
        _ keys: ChildKeys, environment: CoreEnvironment, delayOutbound: Bool, now: Instant
    ) throws(KernelError) {
        state = .installing
        let kernel = environment.kernel
        do {
            let lifetime = drawLifetime(environment, now: now)
            try kernel.add(parameters(inbound: true, keys: keys.inbound, lifetime: lifetime))
            hasInbound = true
            isSPIReserved = false
            isCPIReserved = false
            if delayOutbound {
                delayedOutbound = keys.outbound
            } else {
                try addOutbound(keys.outbound, lifetime: lifetime, environment: environment)
            }
            try addPolicies(environment, includingOutbound: !delayOutbound)
        } catch {
            uninstall(kernel)
            state = .created
            throw error
        }
        installedAt = now
        state = .installed
    }

    /// Whether this one protects the packets that `other` is to protect.
    package func carriesTraffic(of other: ChildSA) -> Bool {
        state.isUsable && state != .rekeyed && hasInbound && hasOutbound && mode == other.mode && marks == other.marks
            && localSelectors == other.localSelectors && remoteSelectors == other.remoteSelectors
    }

    /// Begins to send on an SA whose outbound half was delayed; does nothing where it is in use already.
    package func installOutbound(_ environment: CoreEnvironment) throws(KernelError) {
        guard let keys = delayedOutbound else { return }
        delayedOutbound = nil
        try addOutbound(keys, lifetime: outboundLifetime, environment: environment)
        if config.installPolicies {
            try addOutboundPolicies(environment)
        }
    }

    private func addOutbound(
        _ keys: ChildDirectionKeys, lifetime: KernelLifetime, environment: CoreEnvironment
    ) throws(KernelError) {
        try environment.kernel.add(parameters(inbound: false, keys: keys, lifetime: lifetime))
        outboundLifetime = lifetime
        hasOutbound = true
    }
    private var outboundLifetime = KernelLifetime()

    private func addPolicies(_ environment: CoreEnvironment, includingOutbound: Bool) throws(KernelError) {
        guard config.installPolicies else { return }
        for policy in policySet.inbound() {
            try environment.kernel.add(policy)
            policiesInKernel.inbound += 1
        }
        if includingOutbound { try addOutboundPolicies(environment) }
    }

    private func addOutboundPolicies(_ environment: CoreEnvironment) throws(KernelError) {
        policiesInKernel.haveRoutes = environment.settings.installRoutes
        for policy in policySet.outbound(installRoutes: policiesInKernel.haveRoutes) {
            try environment.kernel.add(policy)
            policiesInKernel.outbound += 1
        }
    }

    /// How many policies of either kind stand in the kernel, always the first ones of ``policySet``. They are made anew
    /// for taking them back: kept, the three of an ordinary CHILD_SA took 1.1 kB of the 6 kB that an IKE_SA had.
    private struct PolicyCounts {
        var inbound = 0
        var outbound = 0
        var haveRoutes = false
    }

    /// Outbound ones first: nothing leaves under a policy whose SA has gone.
    private var installedPolicies: [PolicyParameters] {
        let set = policySet
        let outbound = set.outbound(installRoutes: policiesInKernel.haveRoutes)
        return Array(outbound.prefix(policiesInKernel.outbound) + set.inbound().prefix(policiesInKernel.inbound))
    }

    // MARK: Taking back

    /// Removes the outbound SA and all policies, and keeps the inbound SA for packets that are still on their way.
    package func stopSending(_ kernel: any Kernel) {
        removePolicies(kernel)
        if hasOutbound {
            try? kernel.delete(outboundIdentifier)
            hasOutbound = false
        }
        delayedOutbound = nil
    }

    /// Removes everything. What is gone already is no error: the kernel may have expired it.
    package func uninstall(_ kernel: any Kernel) {
        stopSending(kernel)
        // A negotiation that came to nothing gives its SPI back.
        if hasInbound || isSPIReserved { try? kernel.delete(inboundIdentifier) }
        if isCPIReserved { kernel.releaseCPI(cpiIn) }
        hasInbound = false
        isSPIReserved = false
        isCPIReserved = false
        releaseInterface(kernel)
    }

    private func removePolicies(_ kernel: any Kernel) {
        for policy in installedPolicies { try? kernel.delete(policy) }
        policiesInKernel = PolicyCounts()
    }

    // MARK: Moving

    /// Follows the IKE_SA to other addresses or ports (RFC 4555 §3.5, RFC 7296 §2.23).
    ///
    /// - Throws: the kernel's refusal, after everything stands at the old addresses again.
    package func move(to new: ChildAddresses, environment: CoreEnvironment) throws(KernelError) {
        guard new != addresses else { return }
        let kernel = environment.kernel
        let resume = state
        state = .updating
        defer { state = resume }
        let stay = Stay(
            addresses: addresses, local: localSelectors, remote: remoteSelectors, counts: policiesInKernel,
            policies: installedPolicies)
        try moveStates(to: new, kernel)
        followDynamicSelectors(from: stay.addresses, to: new)
        addresses = new
        // New policies stand before the old ones go: no packet leaves in the clear in between.
        policiesInKernel = PolicyCounts()
        do throws(KernelError) {
            try addPolicies(environment, includingOutbound: stay.counts.outbound > 0)
        } catch {
            moveBack(to: stay, kernel)
            throw error
        }
        for policy in stay.policies { try? kernel.delete(policy) }
    }

    /// Where a CHILD_SA was before it moved.
    private struct Stay {
        let addresses: ChildAddresses
        let local: [TrafficSelector]
        let remote: [TrafficSelector]
        let counts: PolicyCounts
        let policies: [PolicyParameters]
    }

    private func moveStates(to new: ChildAddresses, _ kernel: any Kernel) throws(KernelError) {
        if hasInbound { try kernel.update(inboundIdentifier, to: new.inbound) }
        guard hasOutbound else { return }
        do throws(KernelError) {
            try kernel.update(outboundIdentifier, to: new.outbound)
        } catch {
            if hasInbound { try? kernel.update(inboundIdentifier(at: new), to: addresses.inbound) }
            throw error
        }
    }

    /// Takes back a move whose policies the kernel refused.
    private func moveBack(to stay: Stay, _ kernel: any Kernel) {
        removePolicies(kernel)
        if hasInbound { try? kernel.update(inboundIdentifier, to: stay.addresses.inbound) }
        if hasOutbound { try? kernel.update(outboundIdentifier, to: stay.addresses.outbound) }
        addresses = stay.addresses
        (localSelectors, remoteSelectors) = (stay.local, stay.remote)
        policiesInKernel = stay.counts
    }

    /// A selector that was the old outer address alone becomes the new one.
    private func followDynamicSelectors(from old: ChildAddresses, to new: ChildAddresses) {
        if config.localSelectors.contains(where: \.isDynamic) {
            localSelectors = localSelectors.map { $0.following(old.local, to: new.local) }
        }
        if config.remoteSelectors.contains(where: \.isDynamic) {
            remoteSelectors = remoteSelectors.map { $0.following(old.remote, to: new.remote) }
        }
    }

    // MARK: What stands in the kernel

    package var inboundIdentifier: SAIdentifier { inboundIdentifier(at: addresses) }

    private func inboundIdentifier(at addresses: ChildAddresses) -> SAIdentifier {
        SAIdentifier(
            protocolID: protocolID, spi: spiIn, source: addresses.remote, destination: addresses.local,
            mark: config.markInSA ? marks.markIn : Mark())
    }

    package var outboundIdentifier: SAIdentifier {
        SAIdentifier(
            protocolID: protocolID, spi: spiOut, source: addresses.local, destination: addresses.remote,
            mark: marks.markOut)
    }

    private var policySet: PolicySet {
        var set = PolicySet(
            local: localSelectors, remote: remoteSelectors, localAddress: addresses.local,
            remoteAddress: addresses.remote, policyClass: .established, config: config)
        set.markIn = marks.markIn
        set.markOut = marks.markOut
        set.interfaceIn = marks.interfaceIn
        set.interfaceOut = marks.interfaceOut
        set.protection = PolicySet.Protection(
            protocolID: protocolID, mode: mode, reqid: reqid, outboundSPI: spiOut, ipcomp: !cpiOut.isZero)
        return set
    }

    private func parameters(
        inbound: Bool, keys: ChildDirectionKeys, lifetime: KernelLifetime
    ) -> SAParameters {
        var sa = SAParameters(
            identifier: inbound ? inboundIdentifier : outboundIdentifier, isInbound: inbound, mode: mode,
            reqid: reqid)
        sa.encapsulation = inbound ? addresses.inbound.encapsulation : addresses.outbound.encapsulation
        if let transform = proposal?.encryption { sa.encryption = (transform, keys.encryption) }
        if let algorithm = proposal?.integrity, !keys.integrity.isEmpty {
            sa.integrity = (algorithm == .hmacSHA256_128 && config.sha256TruncatedTo96 ? .hmacSHA256_96 : algorithm, keys.integrity)
        }
        sa.extendedSequenceNumbers = proposal?.usesExtendedSequenceNumbers ?? false
        sa.replayWindow = config.replayWindow
        sa.lifetime = lifetime
        sa.cpi = inbound ? cpiIn : cpiOut
        sa.sourceSelectors = inbound ? remoteSelectors : localSelectors
        sa.destinationSelectors = inbound ? localSelectors : remoteSelectors
        sa.setMark = inbound ? marks.setMarkIn : marks.setMarkOut
        sa.interfaceID = inbound ? marks.interfaceIn : marks.interfaceOut
        sa.interface = inbound ? nil : config.interface
        sa.tfcPadding = inbound || peerRefusesTFC ? 0 : config.tfcPadding ?? 0
        sa.hardwareOffload = config.hardwareOffload
        sa.copyDF = config.copyDF
        sa.copyECN = config.copyECN
        sa.copyDSCP = config.copyDSCP
        return sa
    }

    /// Limits with their random share taken off, so that many SAs do not rekey at once.
    private func drawLifetime(_ environment: CoreEnvironment, now: Instant) -> KernelLifetime {
        let limits = config.lifetime
        var drawn = KernelLifetime()
        if limits.rekeyTime > .zero {
            let soft = max(.seconds(1), limits.rekeyTime - environment.random(upTo: limits.randomTime))
            drawn.softSeconds = UInt64(max(1, soft.inSeconds))
            rekeyAt = now + .seconds(Int64(drawn.softSeconds))
        }
        if limits.lifeTime > .zero {
            drawn.hardSeconds = UInt64(max(1, limits.lifeTime.inSeconds))
            expiresAt = now + limits.lifeTime
        }
        drawn.hardBytes = limits.lifeBytes
        drawn.softBytes = Self.draw(limits.rekeyBytes, limits.randomBytes, environment)
        drawn.hardPackets = limits.lifePackets
        drawn.softPackets = Self.draw(limits.rekeyPackets, limits.randomPackets, environment)
        return drawn
    }

    private static func draw(_ limit: UInt64, _ share: UInt64, _ environment: CoreEnvironment) -> UInt64 {
        limit == 0 ? 0 : max(1, limit - min(limit, environment.random(upTo: share)))
    }
}

extension TrafficSelector {
    fileprivate func following(_ old: IPAddress, to new: IPAddress) -> TrafficSelector {
        guard start == old, end == old, new.family == family else { return self }
        return TrafficSelector(
            host: new, ipProtocol: ipProtocol, startPort: startPort, endPort: endPort)
    }
}
