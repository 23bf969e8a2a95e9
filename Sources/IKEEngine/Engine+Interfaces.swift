import IKESA
import IPsecModel

// The interface that a child configuration names is there as long as the configuration is, not only while there is an
// SA: what the administrator has put on the device (addresses, routes, firewall rules) must survive a reconnection.

extension Engine {
    /// Claims what `connection` names before that of its predecessor is given back, so that a device that both name
    /// stays as it is.
    func holdInterfaces(of connection: PeerConfig, insteadOf old: PeerConfig?, _ turn: inout Turn) {
        var claimed: [TrapTable.Key: String] = [:]
        for child in connection.children {
            guard let name = child.interface, !child.mode.isShunt,
                let wanted = Self.fixedID(child, connection)
            else { continue }
            do throws(KernelError) {
                _ = try environment.kernel.claimInterface(name, for: wanted)
                claimed[TrapTable.Key(peer: connection.name, child: child.name)] = name
            } catch {
                turn.effects.log(.knl, 1, "\(error.request) for '\(child.name)' failed: \(error.reason)")
            }
        }
        if let old { releaseInterfaces(of: old) }
        heldInterfaces.merge(claimed) { _, new in new }
    }

    func releaseInterfaces(of connection: PeerConfig) {
        for child in connection.children {
            let key = TrapTable.Key(peer: connection.name, child: child.name)
            guard let name = heldInterfaces.removeValue(forKey: key) else { continue }
            environment.kernel.releaseInterface(name)
        }
    }

    /// The interface IDs of a child as far as they are known before there is an SA; `nil` for unique ones.
    private static func fixedID(_ child: ChildConfig, _ connection: PeerConfig) -> ChildMarks? {
        func fixed(_ own: InterfaceID, _ inherited: InterfaceID) -> UInt32? {
            switch own == .none ? inherited : own {
            case .none: 0
            case .value(let value): value
            case .unique, .uniqueDirection: nil
            }
        }
        guard let inbound = fixed(child.interfaceIDIn, connection.interfaceIDIn),
            let outbound = fixed(child.interfaceIDOut, connection.interfaceIDOut)
        else { return nil }
        var marks = ChildMarks()
        marks.interfaceIn = inbound
        marks.interfaceOut = outbound
        return marks
    }
}
