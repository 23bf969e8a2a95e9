import IPsecModel
import XFRM

/// Policies that let IKE pass all others, by its ports (`port_bypass`): for kernels or sockets that cannot have a policy
/// of their own. They hold for every program that uses these ports.
package final class PortBypass {
    private let channel: any NetlinkChannel
    private let journal: KernelJournal
    private var keys: [XFRMPolicyKey] = []

    /// Before everything that is calculated (charon's number).
    private static let priority: UInt32 = 32

    package init(channel: any NetlinkChannel, journal: KernelJournal) {
        self.channel = channel
        self.journal = journal
    }

    package var entries: [KernelEntry] { keys.map { .policy($0) } }

    /// - Returns: why a policy is missing, for the log.
    package func install(ports: [UInt16]) -> [String] {
        var problems: [String] = []
        for family in [IPAddress.Family.v4, .v6] {
            for port in ports {
                for direction in [XFRMDirection.inbound, .outbound] {
                    let key = XFRMPolicyKey(direction: direction, selector: Self.selector(family, port, direction))
                    do throws(NetlinkFailure) {
                        try channel.transact(PolicyRequest.update(XFRMPolicy(key: key, priority: Self.priority)))
                        keys.append(key)
                        journal.add(.policy(key))
                    } catch {
                        guard family == .v4 || error.code != NetlinkFailure.noAddressFamily else { continue }
                        problems.append("no bypass policy for UDP port \(port): \(error.reason)")
                    }
                }
            }
        }
        return problems
    }

    package func removeAll() {
        for key in keys {
            try? channel.transact(PolicyRequest.delete(key))
            journal.remove(.policy(key))
        }
        keys = []
    }

    private static func selector(
        _ family: IPAddress.Family, _ port: UInt16, _ direction: XFRMDirection
    ) -> XFRMSelector {
        var selector = XFRMSelector(all: family)
        selector.ipProtocol = 17
        let own = XFRMSelector.MaskedPort(port: port, mask: .max)
        if direction == .outbound { selector.sourcePort = own } else { selector.destinationPort = own }
        return selector
    }
}
