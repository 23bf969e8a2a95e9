package import IPsecModel
package import Transport

/// The UDP sockets of IKE: the IKE port and the NAT-T port, for IPv4 and IPv6.
package final class IKESockets {
    package struct Ports: Equatable, Sendable {
        package var ike: UInt16
        package var natTraversal: UInt16

        package init(ike: UInt16 = 500, natTraversal: UInt16 = 4500) {
            self.ike = ike
            self.natTraversal = natTraversal
        }
    }

    struct Member {
        let socket: UDPSocket
        let isNATTraversal: Bool
    }

    package let ports: Ports
    let members: [Member]
    /// Families that this machine does not have, and why, for the log.
    package let missing: [(family: IPAddress.Family, error: SystemError)]

    /// Opens the sockets. A family that the machine does not have is left out; both missing is an error.
    ///
    /// Port 0 takes a free port, the same for both families.
    ///
    /// - Throws: with `EADDRINUSE` where another IKE daemon has a port.
    package convenience init(
        ports: Ports, families: [IPAddress.Family] = [.v4, .v6], prepare: (Int32, SocketUse) -> SystemError?
    ) throws(SystemError) {
        // A port that is free for one family can be taken for the other; there are more of them.
        var attempts = ports.ike == 0 || ports.natTraversal == 0 ? 8 : 1
        while true {
            attempts -= 1
            do throws(SystemError) {
                try self.init(exactly: ports, families, prepare)
                return
            } catch {
                guard error.isAddressInUse, attempts > 0 else { throw error }
            }
        }
    }

    private init(
        exactly wanted: Ports, _ families: [IPAddress.Family], _ prepare: (Int32, SocketUse) -> SystemError?
    ) throws(SystemError) {
        var ports = wanted
        var members: [Member] = []
        var missing: [(family: IPAddress.Family, error: SystemError)] = []
        for family in families {
            do throws(SystemError) {
                let ike = try Self.open(family, ports.ike, isNATTraversal: false, prepare)
                let natTraversal = try Self.open(family, ports.natTraversal, isNATTraversal: true, prepare)
                ports = Ports(ike: ike.socket.port, natTraversal: natTraversal.socket.port)
                members += [ike, natTraversal]
            } catch {
                if error.isAddressInUse { throw error }
                missing.append((family, error))
            }
        }
        if members.isEmpty, let first = missing.first { throw first.error }
        self.ports = ports
        self.members = members
        self.missing = missing
    }

    private static func open(
        _ family: IPAddress.Family, _ port: UInt16, isNATTraversal: Bool,
        _ prepare: (Int32, SocketUse) -> SystemError?
    ) throws(SystemError) -> Member {
        let use = SocketUse(family: family, isNATTraversal: isNATTraversal)
        let socket = try UDPSocket(family: family, port: port) { (descriptor) throws(SystemError) in
            if let error = prepare(descriptor, use) { throw error }
        }
        return Member(socket: socket, isNATTraversal: isNATTraversal)
    }

    /// Sends from the socket that has the local port of the path; a path without one leaves from the IKE port.
    ///
    /// A keepalive is the single octet 0xff and never carries the non-ESP marker.
    package func send(_ bytes: [UInt8], on path: Path, dscp: UInt8 = 0) throws(SystemError) {
        let usesIKEPort = path.local.port == ports.ike || path.local.port == 0
        let member = members.first {
            $0.socket.family == path.remote.address.family && $0.isNATTraversal == !usesIKEPort
        }
        guard let member else { throw SystemError("send to \(path.remote)", code: SystemError.noSuchFamily) }
        let marker = NonESPMarker.isNeeded(
            bytes, isFromIKEPort: usesIKEPort, remotePort: path.remote.port, natPort: ports.natTraversal)
        try member.socket.send(bytes, on: path, marker: marker, dscp: dscp)
    }
}
