package import IPsecModel

extension ChildSA {
    /// Counters are asked of the kernel where `kernel` is given.
    package func snapshot(at now: Instant, kernel: (any Kernel)?) -> ChildSASnapshot {
        var shot = ChildSASnapshot(
            name: config.name, uniqueID: uniqueID, reqid: reqid, state: state.rawValue, mode: mode)
        shot.protocolID = protocolID
        shot.isEncapsulated = addresses.isEncapsulated
        shot.spiIn = spiIn
        shot.spiOut = spiOut
        shot.cpiIn = cpiIn
        shot.cpiOut = cpiOut
        shot.markIn = marks.markIn
        shot.markOut = marks.markOut
        shot.interfaceIDIn = marks.interfaceIn
        shot.interfaceIDOut = marks.interfaceOut
        shot.proposal = proposal
        shot.localSelectors = localSelectors
        shot.remoteSelectors = remoteSelectors
        shot.installed = installedAt.map { now - $0 }
        shot.rekeyIn = rekeyAt.map { $0 - now }
        shot.lifeLeft = expiresAt.map { $0 - now }
        if let kernel { addUsage(to: &shot, kernel: kernel) }
        return shot
    }

    private func addUsage(to shot: inout ChildSASnapshot, kernel: any Kernel) {
        if hasInbound, let usage = try? kernel.usage(of: inboundIdentifier) {
            shot.bytesIn = usage.bytes
            shot.packetsIn = usage.packets
            shot.idleIn = usage.idle
        }
        if hasOutbound, let usage = try? kernel.usage(of: outboundIdentifier) {
            shot.bytesOut = usage.bytes
            shot.packetsOut = usage.packets
            shot.idleOut = usage.idle
        }
    }
}
