package import IPsecModel

/// A NAT box: hosts behind it appear under its outer address, on ports that it picks.
package final class AddressTranslator {
    package let inside: Set<IPAddress>
    package let outer: IPAddress
    private var ports: [Endpoint: UInt16] = [:]
    private var nextPort: UInt16 = 40000

    package init(inside: Set<IPAddress>, outer: IPAddress) {
        self.inside = inside
        self.outer = outer
    }

    /// The source that the outside sees.
    func outgoing(_ source: Endpoint) -> Endpoint {
        if let port = ports[source] { return Endpoint(outer, port) }
        nextPort += 1
        ports[source] = nextPort
        return Endpoint(outer, nextPort)
    }

    /// Where a datagram to the outer address goes; `nil`: nobody inside has opened that port.
    func incoming(_ destination: Endpoint) -> Endpoint? { ports.first { $0.value == destination.port }?.key }

    /// Forgets all mappings, as a box does that was switched off; the next datagrams get new ports.
    package func forget() { ports = [:] }
}
