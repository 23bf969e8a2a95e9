import IKESA
import IPsecModel

/// The PLUTO_ variables of an updown script.
enum UpdownEnvironment {
    private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// `NAME=value`, complete: a script gets nothing else of our environment.
    static func variables(for call: UpdownCall) -> [String] {
        var list = [path, "PLUTO_VERSION=1.1"]
        func add(_ name: String, _ value: some CustomStringConvertible) { list.append("PLUTO_\(name)=\(value)") }
        let sa = call.ike
        let child = call.child
        add("VERB", verb(call))
        add("CONNECTION", child.name)
        add("INTERFACE", call.interface ?? "unknown")
        add("REQID", child.reqid)
        add("PROTO", child.protocolID == .ah ? "ah" : "esp")
        add("UNIQUEID", sa.uniqueID)
        add("ME", sa.path.local.address)
        add("MY_ID", sa.localIdentity.map { "\($0)" } ?? "%any")
        add("MY_CLIENT", network(call.localSelector))
        add("MY_PORT", port(call.localSelector))
        add("MY_PROTOCOL", call.localSelector.ipProtocol)
        list += addresses("MY_SOURCEIP", call.virtualIPs)
        add("PEER", sa.path.remote.address)
        add("PEER_ID", sa.remoteIdentity.map { "\($0)" } ?? "%any")
        add("PEER_CLIENT", network(call.remoteSelector))
        add("PEER_PORT", port(call.remoteSelector))
        add("PEER_PROTOCOL", call.remoteSelector.ipProtocol)
        list += addresses("PEER_SOURCEIP", sa.remoteVirtualIPs)
        if child.markIn.isSet { add("MARK_IN", text(child.markIn)) }
        if child.markOut.isSet { add("MARK_OUT", text(child.markOut)) }
        if child.interfaceIDIn != 0 { add("IF_ID_IN", child.interfaceIDIn) }
        if child.interfaceIDOut != 0 { add("IF_ID_OUT", child.interfaceIDOut) }
        if child.isEncapsulated { add("UDP_ENC", sa.path.remote.port) }
        if !child.cpiIn.isZero { add("IPCOMP", 1) }
        if call.hostAccess { add("HOST_ACCESS", 1) }
        return list
    }

    /// `up-host`, `down-client-v6`: what happens, whether our side is the host itself, and the family behind us.
    private static func verb(_ call: UpdownCall) -> String {
        let family = call.localSelector.family == .v6 ? "-v6" : ""
        return (call.up ? "up" : "down") + (call.isHost ? "-host" : "-client") + family
    }

    private static func network(_ selector: TrafficSelector) -> String {
        let network = selector.network
        return "\(network.address)/\(network.prefix)"
    }

    /// The one port of a selector; 0 where there is more than one.
    private static func port(_ selector: TrafficSelector) -> UInt16 {
        selector.startPort == selector.endPort ? selector.startPort : 0
    }

    /// The first address without a number, then all of them numbered within their family.
    private static func addresses(_ name: String, _ addresses: [IPAddress]) -> [String] {
        guard let first = addresses.first else { return [] }
        var list = ["PLUTO_\(name)=\(first)"]
        for family in [IPAddress.Family.v4, .v6] {
            for (index, address) in addresses.filter({ $0.family == family }).enumerated() {
                list.append("PLUTO_\(name)\(family.rawValue)_\(index + 1)=\(address)")
            }
        }
        return list
    }

    private static func text(_ mark: Mark) -> String {
        "\(mark.value)/0x\(Hexadecimal.text(mark.mask, width: 8))"
    }
}
