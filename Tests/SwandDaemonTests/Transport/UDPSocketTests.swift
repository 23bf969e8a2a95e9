import IPsecModel
import Testing
import Transport

@Suite("UDP sockets on all addresses of the machine")
struct UDPSocketTests {
    /// Two sockets and room to receive; datagrams on the loopback interface are there when `send` returns.
    private func pair(_ family: IPAddress.Family) throws -> (UDPSocket, UDPSocket, DatagramBatch) {
        (
            try UDPSocket(family: family, port: 0), try UDPSocket(family: family, port: 0),
            DatagramBatch(maxPacket: 2000)
        )
    }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test("a datagram tells the local address that it came to, and the answer leaves from there")
    func packetInformation() throws {
        let (a, b, batch) = try pair(.v4)
        let there = Path(
            local: Endpoint(try address("127.0.0.5"), a.port), remote: Endpoint(try address("127.0.0.7"), b.port))
        try a.send([1, 2, 3], on: there, marker: false)
        #expect(b.receive(into: batch) == 1)
        let path = try #require(b.path(0, in: batch))
        #expect(path == Path(local: there.remote, remote: there.local))
        #expect(batch.interfaceIndex(0) == 1)
        #expect(Array(batch.bytes(0)) == [1, 2, 3])

        try b.send([4], on: path, marker: false)
        #expect(a.receive(into: batch) == 1)
        #expect(a.path(0, in: batch) == there)
    }

    @Test("the same over IPv6")
    func packetInformationV6() throws {
        let (a, b, batch) = try pair(.v6)
        let loopback = try address("::1")
        try a.send([9], on: Path(local: Endpoint(loopback, a.port), remote: Endpoint(loopback, b.port)), marker: true)
        #expect(b.receive(into: batch) == 1)
        #expect(b.path(0, in: batch) == Path(local: Endpoint(loopback, b.port), remote: Endpoint(loopback, a.port)))
        #expect(Array(batch.bytes(0)) == [0, 0, 0, 0, 9])
    }

    @Test("several datagrams come in one batch, each with its own path")
    func batches() throws {
        let (a, b, batch) = try pair(.v4)
        for number in 1...5 {
            let remote = Endpoint(try address("127.0.0.\(number)"), b.port)
            try a.send(
                [UInt8(number)], on: Path(local: Endpoint(.any(.v4), 0), remote: remote), marker: false, dscp: 46)
        }
        #expect(b.receive(into: batch) == 5)
        for slot in 0..<5 {
            #expect(b.path(slot, in: batch)?.local.address == (try address("127.0.0.\(slot + 1)")))
            #expect(Array(batch.bytes(slot)) == [UInt8(slot + 1)])
        }
        #expect(b.receive(into: batch) == 0)
    }

    @Test("a datagram that does not fit is told from one that does")
    func oversized() throws {
        let (a, b, batch) = try pair(.v4)
        let path = Path(local: Endpoint(.any(.v4), 0), remote: Endpoint(try address("127.0.0.1"), b.port))
        try a.send([UInt8](repeating: 1, count: 2001), on: path, marker: false)
        try a.send([UInt8](repeating: 1, count: 2000), on: path, marker: false)
        #expect(b.receive(into: batch) == 2)
        #expect(batch.isOversized(0))
        #expect(!batch.isOversized(1))
        #expect(batch.bytes(1).count == 2000)
    }

    @Test("a port that somebody holds is refused")
    func busyPort() throws {
        let first = try UDPSocket(family: .v4, port: 0)
        #expect {
            _ = try UDPSocket(family: .v4, port: first.port)
        } throws: { error in
            (error as? SystemError)?.isAddressInUse == true
        }
    }
}
