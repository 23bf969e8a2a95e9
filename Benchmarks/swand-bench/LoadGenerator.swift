import CBenchmark
import ControlClient
import CryptoInterface
import Glibc
import IPsecModel
import PKI
import Transport
import VICI

/// Many clients in one engine, which set up IKE_SAs with a daemon over loopback.
final class LoadGenerator {
    let daemon: DaemonProcess
    let setUp: SetUpCase
    private let authority: Authority?
    private let clients: InitiatorCredentials
    private let host: Host
    private let socket: UDPSocket
    private let batch = DatagramBatch(maxPacket: 10000)
    private let peers: Peers
    private var number = 0
    /// Set-ups under way at the same time.
    private static let width = 16

    init(_ setUp: SetUpCase, daemon: DaemonProcess, authority: Authority? = nil) throws {
        self.setUp = setUp
        self.daemon = daemon
        self.authority = try setUp.certificates.map { try authority ?? Authority(kind: $0) }
        peers = Peers(setUp: setUp, responderPort: DaemonProcess.port)
        socket = try UDPSocket(family: .v4, port: 0, address: IPAddress(v4: 0x7f00_0001))
        let responder = try self.authority?.issue("responder.example")
        clients = try InitiatorCredentials(
            authority: try self.authority?.certificate(), responder: responder?.certificate)
        host = Host(credentials: clients, port: socket.port, portNATT: socket.port &+ 1)
        try configure(responder)
    }

    private func configure(_ responder: Subject?) throws {
        let control = try daemon.client()
        if let responder, let authority {
            try loadCertificate(try authority.certificate(), flag: "CA", control)
            try loadCertificate(responder.certificate, flag: "NONE", control)
            var key = VICIMessage()
            key.set("type", "any")
            key.set("data", bytes: responder.key)
            try control.perform("load-key", key)
        } else {
            var shared = VICIMessage()
            shared.set("id", "all")
            shared.set("type", "IKE")
            InitiatorCredentials.sharedKey.withUnsafeBytes { shared.set("data", bytes: Array($0)) }
            try control.perform("load-shared", shared)
        }
        try control.perform("load-conn", connection("gateway"))
    }

    private func loadCertificate(_ der: [UInt8], flag: String, _ control: ControlClient) throws {
        var message = VICIMessage()
        message.set("type", "X509")
        message.set("flag", flag)
        message.set("data", bytes: der)
        try control.perform("load-cert", message)
    }

    /// The responder's connection as `load-conn` takes it.
    ///
    /// - Parameters:
    ///   - remote: address of the peer; `nil`: any.
    ///   - identity: of the peer; `nil`: any.
    func connection(_ name: String, remote: String? = nil, identity: String? = nil) -> VICIMessage {
        var message = VICIMessage()
        message.section(name) { peer in
            peer.set("version", "2")
            peer.set("mobike", "no")
            peer.list("proposals", [setUp.ike])
            if let remote { peer.list("remote_addrs", [remote]) }
            peer.section("local") { local in
                local.set("auth", setUp.certificates == nil ? "psk" : "pubkey")
                local.set("id", "responder.example")
            }
            peer.section("remote") { remote in
                remote.set("auth", setUp.certificates == nil ? "psk" : "pubkey")
                if let identity { remote.set("id", identity) }
            }
            peer.section("children") { children in
                children.section("net") { child in
                    child.list("esp_proposals", [setUp.esp])
                    child.list("local_ts", ["10.1.0.0/16"])
                    child.list("remote_ts", ["10.2.0.0/16"])
                }
            }
        }
        return message
    }

    // MARK: Load

    /// Sets up `count` more IKE_SAs; answers the daemon's CPU nanoseconds and the time on the wall.
    func run(_ count: Int) throws -> (cpu: Int64, wall: Int64) {
        let subjects = try (0..<count).map { try authority?.issue(Peers.clientName(number + 1 + $0)) }
        var identities: [Identification] = []
        let cpu = daemon.cpuTime
        let wall = bench_wall_time()
        let target = established + count
        var begun = 0
        while established < target {
            while begun < count, begun - (established - target + count) < Self.width {
                number += 1
                let identity = Identification(fqdn: Peers.clientName(number))
                if let subject = subjects[begun] {
                    try clients.add(subject, for: identity)
                    identities.append(identity)
                }
                host.load(try peers.client(number))
                host.initiate("net", of: "client")
                begun += 1
                send()
            }
            guard exchange(patience: 5000) else {
                throw BenchmarkFailure("\(setUp.name): the daemon does not answer after \(established) set-ups")
            }
            if let reason = host.failures.first { throw BenchmarkFailure("\(setUp.name): \(reason)") }
        }
        let result = (cpu: daemon.cpuTime - cpu, wall: bench_wall_time() - wall)
        identities.forEach(clients.remove)
        return result
    }

    private var established: Int { host.successes }

    /// Takes what has come and sends what that calls for; `false`: nothing came.
    @discardableResult
    func exchange(patience milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return false }
        let count = socket.receive(into: batch)
        for slot in 0..<count {
            guard let path = socket.path(slot, in: batch) else { continue }
            var bytes = Array(batch.bytes(slot))
            host.take(&bytes, on: path)
            send()
        }
        return true
    }

    private func send() {
        while let (bytes, path) = host.outbox.popFirst() { try? socket.send(bytes, on: path, marker: false) }
    }
}
