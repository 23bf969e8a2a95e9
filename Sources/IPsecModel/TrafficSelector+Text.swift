extension TrafficSelector: CustomStringConvertible {
    /// `10.1.0.0/16`, `10.0.0.1..10.0.0.7`, with `[tcp/80]` where protocol or ports are limited: charon's form.
    package var description: String {
        let network = network
        let addresses = network.isExact ? "\(network.address)/\(network.prefix)" : "\(start)..\(end)"
        guard ipProtocol != 0 || !hasAllPorts else { return addresses }
        return "\(addresses)[\(protocolText)\(portText)]"
    }

    private var protocolText: String { ipProtocol == 0 ? "" : Self.protocolName(ipProtocol) }

    private var portText: String {
        if hasAllPorts { return "" }
        if isOpaque { return "/OPAQUE" }
        if ipProtocol == 1 || ipProtocol == 58 { return icmpText }
        return startPort == endPort ? "/\(startPort)" : "/\(startPort)-\(endPort)"
    }

    /// Type and code stand in the ports' octets (RFC 4301 §4.4.1.1).
    private var icmpText: String {
        let first = Self.messageType(startPort)
        return startPort == endPort ? "/\(first)" : "/\(first)-\(Self.messageType(endPort))"
    }

    /// `8`, or `3(4)` with a code that is not zero.
    private static func messageType(_ port: UInt16) -> String {
        port & 0xff == 0 ? "\(port >> 8)" : "\(port >> 8)(\(port & 0xff))"
    }

    /// The name of an IP protocol as /etc/protocols has it, or its number.
    package static func protocolName(_ number: UInt8) -> String {
        protocolNames.first { $0.number == number }?.name ?? "\(number)"
    }

    package static let protocolNames: [(name: String, number: UInt8)] = [
        ("icmp", 1), ("igmp", 2), ("ipencap", 4), ("tcp", 6), ("udp", 17), ("ipv6", 41), ("rsvp", 46), ("gre", 47),
        ("esp", 50), ("ah", 51), ("ipv6-icmp", 58), ("ospf", 89), ("ipip", 94), ("pim", 103), ("vrrp", 112),
        ("l2tp", 115), ("sctp", 132), ("udplite", 136), ("mh", 135),
    ]
}
