package import IPsecModel

/// The policies of a CHILD_SA, a trap or a shunt: one per direction and pair of selectors (RFC 4301 §4.4.1).
package struct PolicySet {
    package var local: [TrafficSelector]
    package var remote: [TrafficSelector]
    package var localAddress: IPAddress
    package var remoteAddress: IPAddress
    package var policyClass: PolicyParameters.Class
    package var config: ChildConfig
    package var markIn = Mark()
    package var markOut = Mark()
    package var interfaceIn: UInt32 = 0
    package var interfaceOut: UInt32 = 0
    /// `nil` for shunts.
    package var protection: Protection?

    package struct Protection {
        package var protocolID: SecurityProtocol
        package var mode: ChildConfig.Mode
        package var reqid: UInt32
        package var outboundSPI: SPI
        package var ipcomp: Bool
        package init(
            protocolID: SecurityProtocol, mode: ChildConfig.Mode, reqid: UInt32, outboundSPI: SPI, ipcomp: Bool
        ) {
            self.protocolID = protocolID
            self.mode = mode
            self.reqid = reqid
            self.outboundSPI = outboundSPI
            self.ipcomp = ipcomp
        }
    }

    package init(
        local: [TrafficSelector], remote: [TrafficSelector], localAddress: IPAddress, remoteAddress: IPAddress,
        policyClass: PolicyParameters.Class, config: ChildConfig
    ) {
        self.local = local
        self.remote = remote
        self.localAddress = localAddress
        self.remoteAddress = remoteAddress
        self.policyClass = policyClass
        self.config = config
    }

    package func inbound() -> [PolicyParameters] {
        var policies: [PolicyParameters] = []
        for (mine, theirs) in pairs {
            policies.append(policy(.inbound, source: theirs, destination: mine))
            if forwards { policies.append(policy(.forward, source: theirs, destination: mine)) }
        }
        return policies
    }

    package func outbound(installRoutes: Bool) -> [PolicyParameters] {
        var policies: [PolicyParameters] = []
        for (mine, theirs) in pairs {
            var out = policy(.outbound, source: mine, destination: theirs)
            out.installRoute = installRoutes && routes
            policies.append(out)
            if config.forwardPolicyOut && forwards {
                // Lets forwarded packets out before they are protected; it needs no SA of its own.
                var forward = policy(.forward, source: mine, destination: theirs)
                forward.action = .pass
                forward.policyClass = .routed
                policies.append(forward)
            }
        }
        return policies
    }

    /// Selectors of different families or protocols make no pair.
    private var pairs: [(TrafficSelector, TrafficSelector)] {
        local.flatMap { mine in
            remote.filter { theirs in
                theirs.family == mine.family
                    && (theirs.ipProtocol == mine.ipProtocol || theirs.ipProtocol == 0 || mine.ipProtocol == 0)
            }.map { (mine, $0) }
        }
    }

    private var mode: ChildConfig.Mode { protection?.mode ?? config.mode }
    /// Transport mode protects the host's own packets only; nothing is forwarded.
    private var forwards: Bool { mode != .transport }
    /// An XFRM interface that somebody else has made is routed to by somebody else.
    private var routes: Bool {
        mode != .transport && config.mode != .drop && (interfaceOut == 0 || config.interface != nil)
    }

    private func policy(
        _ direction: PolicyParameters.Direction, source: TrafficSelector, destination: TrafficSelector
    ) -> PolicyParameters {
        var policy = PolicyParameters(
            direction: direction, source: source, destination: destination, action: action(direction, source),
            policyClass: policyClass, local: localAddress, remote: remoteAddress)
        policy.manualPriority = config.priority
        policy.mark = direction == .outbound ? markOut : markIn
        policy.interfaceID = direction == .outbound ? interfaceOut : interfaceIn
        policy.interface = direction == .outbound ? config.interface : nil
        return policy
    }

    private func action(_ direction: PolicyParameters.Direction, _ source: TrafficSelector) -> PolicyParameters.Action {
        guard let protection else { return config.mode == .drop ? .drop : .pass }
        let isOut = direction == .outbound
        return .protect(
            PolicyTemplate(
                protocolID: protection.protocolID, mode: protection.mode, reqid: protection.reqid,
                source: isOut ? localAddress : remoteAddress, destination: isOut ? remoteAddress : localAddress,
                spi: isOut ? protection.outboundSPI : .none, ipcomp: protection.ipcomp))
    }
}
