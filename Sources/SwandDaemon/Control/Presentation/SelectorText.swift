import IPsecModel

/// Traffic selectors as charon prints them: `10.1.0.0/16[tcp/http]`, `10.0.0.1..10.0.0.9`, `dynamic`.
enum SelectorText {
    static func text(_ selector: TrafficSelector) -> String {
        addresses(selector) + restriction(selector.ipProtocol, selector.startPort, selector.endPort)
    }

    static func text(_ pattern: SelectorPattern) -> String {
        switch pattern {
        case .fixed(let selector): text(selector)
        case .dynamicSelector(let ipProtocol, let startPort, let endPort):
            "dynamic" + restriction(ipProtocol, startPort, endPort)
        }
    }

    private static func addresses(_ selector: TrafficSelector) -> String {
        let network = selector.network
        return network.isExact ? "\(network.address)/\(network.prefix)" : "\(selector.start)..\(selector.end)"
    }

    /// `[protocol/ports]`, with `0` for any protocol, and nothing where neither is restricted.
    private static func restriction(_ ipProtocol: UInt8, _ start: UInt16, _ end: UInt16) -> String {
        let hasAllPorts = start == 0 && end == .max
        if ipProtocol == 0, hasAllPorts { return "" }
        let name = ServiceNames.ipProtocol(ipProtocol)
        return hasAllPorts ? "[\(name)]" : "[\(name)/\(ports(ipProtocol, start, end))]"
    }

    private static func ports(_ ipProtocol: UInt8, _ start: UInt16, _ end: UInt16) -> String {
        if start == .max, end == 0 { return "OPAQUE" }
        if ServiceNames.hasMessageTypes(ipProtocol) { return messageTypes(start, end) }
        return start == end ? ServiceNames.port(start, of: ipProtocol) : "\(start)-\(end)"
    }

    /// ICMP selectors carry type and code in the two octets of a port (RFC 4301 §4.4.1.1).
    private static func messageTypes(_ start: UInt16, _ end: UInt16) -> String {
        start == end ? messageType(start) : "\(messageType(start))-\(messageType(end))"
    }

    private static func messageType(_ port: UInt16) -> String {
        let code = port & 0xff
        return code == 0 ? "\(port >> 8)" : "\(port >> 8)(\(code))"
    }
}
