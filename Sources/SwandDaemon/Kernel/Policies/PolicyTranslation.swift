package import IKESA
package import IPsecModel
package import XFRM

extension PolicyParameters {
    /// The kernel's form of the policy.
    ///
    /// - Parameters:
    ///   - cpi: The CPI of the SA in the template, if it compresses.
    ///   - interfaceIndex: The interface that the policy is restricted to; 0: none.
    package func kernelPolicy(cpi: SPI, interfaceIndex: UInt32 = 0) -> XFRMPolicy {
        let selector = XFRMSelector(source: source, destination: destination, interfaceIndex: interfaceIndex)
        let key = XFRMPolicyKey(
            direction: direction.kernelDirection, selector: selector, mark: mark.kernelMark, interfaceID: interfaceID)
        let priority = manualPriority == 0 ? PolicyPriority.calculate(selector, policyClass) : manualPriority
        var policy = XFRMPolicy(key: key, priority: priority)
        policy.blocks = action == .drop
        if case .protect(let template) = action {
            policy.templates = template.kernelTemplates(cpi: cpi, isOutbound: direction == .outbound)
        }
        return policy
    }
}

extension PolicyTemplate {
    /// The transforms, inner first: IPComp if it was negotiated, then ESP or AH.
    ///
    /// With IPComp the outer mode is that of the compression, and ESP protects its result in transport mode. Packets
    /// that would have grown come uncompressed (RFC 3173 §2.2), so inbound the compression is optional.
    func kernelTemplates(cpi: SPI, isOutbound: Bool) -> [XFRMTemplate] {
        var templates: [XFRMTemplate] = []
        if ipcomp {
            var compression = template(.ipcomp, mode.kernelMode, isOutbound ? cpi : .none)
            compression.isOptional = !isOutbound
            templates.append(compression)
        }
        let last = ipcomp ? XFRMMode.transport : mode.kernelMode
        templates.append(template(protocolID.kernelProtocol, last, isOutbound ? spi : .none))
        return templates
    }

    /// In transport mode the packet's own addresses are those of the SA, so the template has none.
    private func template(_ ipProtocol: XFRMProtocol, _ mode: XFRMMode, _ spi: SPI) -> XFRMTemplate {
        let family = source.family
        return XFRMTemplate(
            source: mode == .transport ? .any(family) : source,
            destination: mode == .transport ? .any(family) : destination,
            spi: spi, ipProtocol: ipProtocol, mode: mode, reqid: reqid)
    }
}

extension PolicyParameters.Direction {
    var kernelDirection: XFRMDirection {
        switch self {
        case .inbound: .inbound
        case .outbound: .outbound
        case .forward: .forward
        }
    }
}

extension Mark {
    var kernelMark: XFRMMark { XFRMMark(value: value, mask: mask) }
}

extension SecurityProtocol {
    /// IKE has no entries in the kernel; it is taken for ESP.
    var kernelProtocol: XFRMProtocol { self == .ah ? .ah : .esp }
}

extension ChildConfig.Mode {
    /// Shunts have no templates; they are taken for tunnels.
    var kernelMode: XFRMMode {
        switch self {
        case .transport, .transportProxy: .transport
        case .beet: .beet
        case .tunnel, .pass, .drop: .tunnel
        }
    }
}
