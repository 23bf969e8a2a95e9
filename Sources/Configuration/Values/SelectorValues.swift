import IPsecModel

extension Value {
    /// Protocol and ports of a traffic selector.
    struct ProtocolPorts: Equatable {
        var ipProtocol: UInt8 = 0
        var startPort: UInt16 = 0
        var endPort: UInt16 = 65535

        /// ICMP has types and codes in the octets of a port (RFC 4301 §4.4.1.1); a number below 256 is a type alone,
        /// with code 0, as charon has it.
        fileprivate mutating func readMessageTypes() {
            if startPort < 256 { startPort <<= 8 }
            if endPort < 256 { endPort <<= 8 }
        }
    }

    /// `10.1.0.0/16`, `10.1.0.5-10.1.0.9`, `10.1.0.7`, `dynamic`, each with an optional `[tcp/80]`.
    ///
    /// `%dynamic`, `%any` and `%opaque` are the spellings of ipsec.conf and mean the same.
    /// - Parameter outer: protocol and ports where the selector names none (`leftprotoport`).
    static func selector(
        _ text: some StringProtocol, outer: ProtocolPorts = ProtocolPorts()
    ) throws(ValueError) -> SelectorPattern {
        let text = text.trimmed
        guard let bracket = text.firstIndex(of: "[") else { return try selector(addresses: text, ports: outer) }
        guard text.last == "]" else { throw ValueError("'\(text)' lacks the closing bracket") }
        let inner = text[text.index(after: bracket)...].dropLast()
        return try selector(addresses: text[..<bracket].trimmed, ports: try protocolPorts(inner, separator: "/"))
    }

    static func selectors(
        _ text: some StringProtocol, outer: ProtocolPorts = ProtocolPorts()
    ) throws(ValueError) -> [SelectorPattern] {
        var selectors: [SelectorPattern] = []
        for part in list(text) { selectors.append(try selector(part, outer: outer)) }
        return selectors
    }

    private static func selector(addresses: Substring, ports: ProtocolPorts) throws(ValueError) -> SelectorPattern {
        if ["dynamic", "%dynamic", ""].contains(addresses.lowercased()) {
            return .dynamic(ipProtocol: ports.ipProtocol, startPort: ports.startPort, endPort: ports.endPort)
        }
        let first: IPAddress
        let last: IPAddress
        if let address = IPAddress(addresses) {
            (first, last) = (address, address)
        } else if let range = try range(addresses) {
            (first, last) = range
        } else {
            let network = try network(addresses)
            return .fixed(
                TrafficSelector(
                    network: network.address, prefix: network.prefix, ipProtocol: ports.ipProtocol,
                    startPort: ports.startPort, endPort: ports.endPort))
        }
        return .fixed(
            TrafficSelector(
                start: first, end: last, ipProtocol: ports.ipProtocol, startPort: ports.startPort,
                endPort: ports.endPort))
    }

    /// `tcp`, `tcp/80`, `udp/1024-65535`, `17/%any`, `icmp/0x0800`, `tcp/opaque`.
    static func protocolPorts(_ text: some StringProtocol, separator: Character) throws(ValueError) -> ProtocolPorts {
        let text = text.trimmed
        let cut = text.firstIndex(of: separator)
        let name = text[..<(cut ?? text.endIndex)].trimmed
        var result = ProtocolPorts()
        result.ipProtocol = try ipProtocol(name)
        guard let cut else { return result }
        let ports = text[text.index(after: cut)...].trimmed
        switch ports.lowercased() {
        case "", "any", "%any": return result
        case "opaque", "%opaque": (result.startPort, result.endPort) = (65535, 0)
        default: (result.startPort, result.endPort) = try portRange(ports)
        }
        if result.ipProtocol == 1 || result.ipProtocol == 58, result.startPort <= result.endPort {
            result.readMessageTypes()
        }
        return result
    }

    static func ipProtocol(_ text: some StringProtocol) throws(ValueError) -> UInt8 {
        let name = text.trimmed.lowercased()
        if ["any", "%any", ""].contains(name) { return 0 }
        if let number = protocolNames[name] { return number }
        if name.first?.isNumber == true { return try number(name) }
        throw ValueError(
            "'\(text)' is not a protocol that is known by name",
            suggestion: closestName(to: name, among: protocolNames.keys.sorted()).map { "did you mean '\($0)'?" }
                ?? "write its number")
    }

    private static func portRange(_ text: Substring) throws(ValueError) -> (UInt16, UInt16) {
        if let service = serviceNames[text.lowercased()] { return (service, service) }
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        do throws(ValueError) {
            let first: UInt16 = try number(parts[0])
            let last: UInt16 = parts.count == 2 ? try number(parts[1]) : first
            guard first <= last else { throw ValueError("'\(text)' is not an ascending range of ports") }
            return (first, last)
        } catch {
            if text.first?.isNumber == true { throw error }
            throw ValueError(
                "'\(text)' is not a port that is known by name",
                suggestion: closestName(to: text, among: serviceNames.keys.sorted()).map { "did you mean '\($0)'?" }
                    ?? "write its number")
        }
    }

    /// IANA protocol numbers, with the names that /etc/protocols of Debian has for them.
    static let protocolNames: [String: UInt8] = [
        "icmp": 1, "igmp": 2, "ggp": 3, "ipencap": 4, "ipv4": 4, "st": 5, "tcp": 6, "egp": 8, "igp": 9, "udp": 17,
        "dccp": 33, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "rsvp": 46, "gre": 47, "esp": 50, "ah": 51,
        "ipv6-icmp": 58, "icmpv6": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "ospf": 89, "ipip": 94,
        "etherip": 97, "encap": 98, "pim": 103, "ipcomp": 108, "vrrp": 112, "l2tp": 115, "isis": 124, "sctp": 132,
        "mobility-header": 135, "mh": 135, "udplite": 136, "hip": 139,
    ]

    /// Services that appear in selectors; others are written as numbers.
    static let serviceNames: [String: UInt16] = [
        "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53, "bootps": 67, "bootpc": 68,
        "tftp": 69, "http": 80, "www": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "ntp": 123,
        "netbios-ns": 137, "netbios-dgm": 138, "netbios-ssn": 139, "imap2": 143, "snmp": 161, "snmp-trap": 162,
        "bgp": 179, "ldap": 389, "https": 443, "microsoft-ds": 445, "isakmp": 500, "syslog": 514,
        "submission": 587, "ldaps": 636, "imaps": 993, "pop3s": 995, "openvpn": 1194, "l2f": 1701, "l2tp": 1701,
        "radius": 1812, "radius-acct": 1813, "nfs": 2049, "mysql": 3306, "rdp": 3389, "ms-wbt-server": 3389,
        "ipsec-nat-t": 4500, "sip": 5060, "postgresql": 5432, "bfd-control": 3784, "vxlan": 4789,
    ]
}
