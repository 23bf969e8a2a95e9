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
        let (firstType, firstCode) = (startPort >> 8, startPort & 0xff)
        let (lastType, lastCode) = (endPort >> 8, endPort & 0xff)
        let types = firstType == lastType ? "\(firstType)" : "\(firstType)-\(lastType)"
        if firstCode == 0, lastCode == 255 { return "/\(types)" }
        return "/\(types)(\(firstCode == lastCode ? "\(firstCode)" : "\(firstCode)-\(lastCode)"))"
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
