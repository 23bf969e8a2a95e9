/// An address and a UDP port.
package struct Endpoint: Hashable, Sendable {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension Endpoint: CustomStringConvertible {
    /// `192.0.2.1[500]`, as charon's log writes it.
    package var description: String { "\(address)[\(port)]" }
}

/// The two ends of a UDP conversation, seen from here.
package struct Path: Hashable, Sendable {
    package var local: Endpoint
    package var remote: Endpoint

    package init(local: Endpoint, remote: Endpoint) {
        self.local = local
        self.remote = remote
    }
}
