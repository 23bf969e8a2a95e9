private import CryptoInterface
package import IKESA
import IPsecModel
package import XFRM

/// The kernel's form of one direction of a CHILD_SA: one state, or two with IPComp.
package struct KernelStates {
    package struct Pair {
        package var state: XFRMState
        package var attributes: XFRMStateAttributes
    }

    /// In the order in which they are added: IPComp first.
    package var pairs: [Pair]
}

/// Why an SA cannot be expressed for the kernel.
package enum UnsupportedSA: Error, Hashable, Sendable {
    case encryption(UInt16)
    case integrity(UInt16)
    case missingKey
    case replayWindow(UInt32)
    /// The kernel compresses packets of the outer family only: ESP in transport mode has one family.
    case compressionOfOtherFamily
}

extension SAParameters {
    /// - Parameter narrowsTransport: Whether an SA in transport mode is for the protocol and the ports of its selectors
    ///   only (`set_proto_port_transport_sa`), so that no other policy can share it.
    /// - Throws: ``UnsupportedSA`` for algorithms that the kernel does not have.
    package func kernelStates(
        offload: XFRMOffload?, narrowsTransport: Bool = false
    ) throws(UnsupportedSA) -> KernelStates {
        var pairs: [KernelStates.Pair] = []
        if !cpi.isZero {
            guard canCompress else { throw .compressionOfOtherFamily }
            pairs.append(compression())
        }
        var attributes = XFRMStateAttributes()
        try setAlgorithms(&attributes)
        var state = baseState(
            identifier.protocolID.kernelProtocol, identifier.spi,
            mode: cpi.isZero ? mode.kernelMode : .transport)
        if narrowsTransport { narrowSelector(&state) }
        setFlags(&state, &attributes)
        setLifetime(&state)
        try setReplayWindow(&state, &attributes)
        if let encapsulation, identifier.protocolID == .esp {
            attributes.encapsulation = XFRMEncapsulation(
                sourcePort: encapsulation.sourcePort, destinationPort: encapsulation.destinationPort)
        }
        attributes.mark = identifier.mark.kernelMark
        attributes.setMark = setMark.kernelMark
        attributes.interfaceID = interfaceID
        // Padding is added by the sender; the receiver strips whatever comes (RFC 4303 §2.7).
        if !isInbound, mode.kernelMode == .tunnel { attributes.tfcPadding = tfcPadding }
        attributes.offload = offload
        pairs.append(KernelStates.Pair(state: state, attributes: attributes))
        return KernelStates(pairs: pairs)
    }

    private var canCompress: Bool {
        let inner = sourceSelectors.map(\.family)
        return inner.isEmpty || inner.contains(identifier.source.family)
    }

    /// IPComp carries the mode of the CHILD_SA; it has neither limits nor a replay window of its own.
    private func compression() -> KernelStates.Pair {
        var state = baseState(.ipcomp, cpi, mode: mode.kernelMode)
        state.flags.formUnion([.noECN, .noPathMTUDiscovery])
        var attributes = XFRMStateAttributes()
        attributes.compression = KernelAlgorithm.deflate
        attributes.mark = identifier.mark.kernelMark
        attributes.interfaceID = interfaceID
        return KernelStates.Pair(state: state, attributes: attributes)
    }

    private func baseState(_ ipProtocol: XFRMProtocol, _ spi: SPI, mode stateMode: XFRMMode) -> XFRMState {
        var state = XFRMState(
            source: identifier.source, destination: identifier.destination, spi: spi, ipProtocol: ipProtocol,
            mode: stateMode, reqid: reqid)
        switch stateMode {
        case .tunnel:
            state.flags.insert(.anyFamily)
        case .transport, .beet:
            if mode.kernelMode != .tunnel { setSelector(&state) }
        }
        return state
    }

    /// Addresses only: several policies with different protocols and ports may share the SA.
    private func setSelector(_ state: inout XFRMState) {
        guard let source = sourceSelectors.first, let destination = destinationSelectors.first,
            source.family == destination.family
        else { return }
        var selector = XFRMSelector(source: source, destination: destination)
        selector.ipProtocol = 0
        selector.sourcePort = .any
        selector.destinationPort = .any
        state.selector = selector
    }

    private func narrowSelector(_ state: inout XFRMState) {
        guard state.mode == .transport, state.selector != nil, let source = sourceSelectors.first,
            let destination = destinationSelectors.first
        else { return }
        state.selector = XFRMSelector(source: source, destination: destination)
    }

    private func setFlags(_ state: inout XFRMState, _ attributes: inout XFRMStateAttributes) {
        if !copyECN { state.flags.insert(.noECN) }
        if !copyDF { state.flags.insert(.noPathMTUDiscovery) }
        // AH aligns its ICV to four octets in IPv4 (RFC 4302 §3.3.3.2.1); the kernel would take eight.
        if identifier.protocolID == .ah, identifier.source.family == .v4 { state.flags.insert(.align4) }
        guard mode.kernelMode == .tunnel, cpi.isZero else { return }
        if isInbound {
            if copyDSCP == .in || copyDSCP == .yes { state.flags.insert(.decapsulateDSCP) }
        } else if copyDSCP == .in || copyDSCP == .no {
            attributes.extraFlags.insert(.dontEncapsulateDSCP)
        }
    }

    private func setLifetime(_ state: inout XFRMState) {
        state.lifetime.softSeconds = lifetime.softSeconds
        state.lifetime.hardSeconds = lifetime.hardSeconds
        state.lifetime.softBytes = limit(lifetime.softBytes)
        state.lifetime.hardBytes = limit(lifetime.hardBytes)
        state.lifetime.softPackets = limit(lifetime.softPackets)
        state.lifetime.hardPackets = limit(lifetime.hardPackets)
    }

    private func limit(_ value: UInt64) -> UInt64 { value == 0 ? XFRMLifetime.unlimited : value }

    /// Windows of up to 32 packets stand in the state itself, larger ones and those of extended sequence numbers in an
    /// attribute.
    ///
    /// The kernel wants a window even where there is nothing to check: outbound, and inbound with extended sequence
    /// numbers, whose high half the receiver can only tell by its window (RFC 4303 §3.4.3).
    private func setReplayWindow(
        _ state: inout XFRMState, _ attributes: inout XFRMStateAttributes
    ) throws(UnsupportedSA) {
        guard replayWindow <= XFRMReplayState.largestWindow else { throw .replayWindow(replayWindow) }
        if extendedSequenceNumbers {
            state.flags.insert(.extendedSequenceNumbers)
            let inbound = replayWindow == 0 ? 32 : replayWindow
            attributes.replay = XFRMReplayState(window: isInbound ? inbound : 1)
        } else if isInbound, replayWindow > 32 {
            attributes.replay = XFRMReplayState(window: replayWindow)
        } else if isInbound {
            state.replayWindow = UInt8(truncatingIfNeeded: replayWindow)
        }
    }

    private func setAlgorithms(_ attributes: inout XFRMStateAttributes) throws(UnsupportedSA) {
        if identifier.protocolID != .ah {
            guard let encryption else { throw .missingKey }
            try setEncryption(encryption.transform, encryption.key, &attributes)
        }
        if let integrity {
            guard let mac = KernelAlgorithm.mac(integrity.algorithm) else {
                throw .integrity(integrity.algorithm.rawValue)
            }
            attributes.authentication = .init(name: mac.name, key: integrity.key, icvBits: mac.truncatedBits)
        } else if identifier.protocolID == .ah {
            throw .missingKey
        }
    }

    private func setEncryption(
        _ transform: Transform, _ key: SecretBytes, _ attributes: inout XFRMStateAttributes
    ) throws(UnsupportedSA) {
        let algorithm = EncryptionAlgorithm(rawValue: transform.id)
        if let aead = KernelAlgorithm.aead(algorithm) {
            attributes.aead = .init(name: aead.name, key: key, icvBits: aead.icvBits)
        } else if let name = KernelAlgorithm.cipher(algorithm) {
            attributes.encryption = .init(name: name, key: key)
        } else {
            throw .encryption(transform.id)
        }
    }
}
