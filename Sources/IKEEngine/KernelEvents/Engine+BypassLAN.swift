package import IKESA
import IKEv2
package import IPsecModel

// Pass policies for the networks on our links (`plugins.bypass-lan`), so that a tunnel for everything leaves the
// printer and the file server reachable.

extension Engine {
    /// What listings call the connection of these policies.
    private static let bypassName = "bypass-lan"

    /// Installs what is missing and removes what is not attached any more, once at start and after changes of settings.
    package func followNetwork(at now: Instant, into effects: inout Effects) {
        turn(at: now, into: &effects) { turn in followSubnets(&turn) }
    }

    func followSubnets(_ turn: inout Turn) {
        let choice = environment.settings.bypassLAN
        guard choice != nil || !bypassed.isEmpty else { return }
        let attached = choice.map { choice in
            environment.kernel.attachedSubnets().filter { choice.includes($0.interface) }
        } ?? []
        let wanted = Set(attached.map(\.network))
        for network in bypassed.filter({ !wanted.contains($0) }) {
            turn.effects.log(.ike, 1, "uninstalling bypass policy for \(network)")
            uninstallTrap(peer: Self.bypassName, child: Self.bypassChild(network), &turn)
        }
        bypassed.removeAll { !wanted.contains($0) }
        for subnet in attached where !bypassed.contains(subnet.network) {
            bypass(subnet.network, &turn)
        }
    }

    private func bypass(_ network: TrafficSelector, _ turn: inout Turn) {
        var child = ChildConfig(name: Self.bypassChild(network))
        child.mode = .pass
        child.localSelectors = [.fixed(network)]
        child.remoteSelectors = [.fixed(network)]
        guard installShunt(PeerConfig(name: Self.bypassName), child, &turn) else { return }
        turn.effects.log(.ike, 1, "installed bypass policy for \(network)")
        bypassed.append(network)
    }

    private static func bypassChild(_ network: TrafficSelector) -> String { "Bypass LAN \(network)" }
}
