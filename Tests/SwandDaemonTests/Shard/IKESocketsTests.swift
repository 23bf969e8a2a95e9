import IPsecModel
import Testing
import Transport

@testable import SwandDaemon

@Suite("The sockets of IKE")
struct IKESocketsTests {
    private let loopback = IPAddress(v4: 0x7f00_0001)

    @Test("are four, and each use is prepared before its port is bound")
    func opening() throws {
        var uses: [SocketUse] = []
        let sockets = try IKESockets(ports: .init(ike: 0, natTraversal: 0)) { _, use in
            uses.append(use)
            return nil
        }
        #expect(sockets.members.count == uses.count)
        #expect(uses.prefix(2).map(\.isNATTraversal) == [false, true])
        #expect(Set(sockets.members.map(\.socket.port)) == [sockets.ports.ike, sockets.ports.natTraversal])
    }

    @Test("what leaves from or goes to the NAT-T port has the marker, a keepalive never")
    func markers() throws {
        let sockets = try IKESockets(ports: .init(ike: 0, natTraversal: 0)) { _, _ in nil }
        let peer = try UDPSocket(family: .v4, port: 0)
        let batch = DatagramBatch(maxPacket: 100)
        let cases: [(UInt16, [UInt8], [UInt8])] = [
            (sockets.ports.ike, [1, 2], [1, 2]), (sockets.ports.natTraversal, [1, 2], [0, 0, 0, 0, 1, 2]),
            (sockets.ports.natTraversal, [0xff], [0xff]), (0, [7], [7]),
        ]
        for (port, sent, expected) in cases {
            let path = Path(local: Endpoint(loopback, port), remote: Endpoint(loopback, peer.port))
            try sockets.send(sent, on: path)
            #expect(peer.receive(into: batch) == 1)
            #expect(Array(batch.bytes(0)) == expected)
            let from = port == 0 ? sockets.ports.ike : port
            #expect(peer.path(0, in: batch)?.remote == Endpoint(loopback, from))
        }
    }

    @Test("a port that another daemon holds is an error, not a missing family")
    func busy() throws {
        let other = try UDPSocket(family: .v4, port: 0)
        #expect {
            _ = try IKESockets(ports: .init(ike: other.port, natTraversal: 0)) { _, _ in nil }
        } throws: { error in
            (error as? SystemError)?.isAddressInUse == true
        }
    }
}
