package import IPsecModel

/// Where the packets of a CHILD_SA travel: the outer addresses, and the UDP ports where they are encapsulated.
package struct ChildAddresses: Hashable, Sendable {
    package var local: IPAddress
    package var remote: IPAddress
    package var localPort: UInt16
    package var remotePort: UInt16
    package var isEncapsulated: Bool

    package init(path: Path, isEncapsulated: Bool) {
        local = path.local.address
        remote = path.remote.address
        localPort = path.local.port
        remotePort = path.remote.port
        self.isEncapsulated = isEncapsulated
    }

    package var outbound: SAAddresses {
        SAAddresses(
            source: local, destination: remote,
            encapsulation: isEncapsulated
                ? UDPEncapsulation(sourcePort: localPort, destinationPort: remotePort) : nil)
    }

    package var inbound: SAAddresses {
        SAAddresses(
            source: remote, destination: local,
            encapsulation: isEncapsulated
                ? UDPEncapsulation(sourcePort: remotePort, destinationPort: localPort) : nil)
    }
}
