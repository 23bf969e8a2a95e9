import CBenchmark
import CryptoInterface
import IKEEngine
import IKESA
import IPsecModel
import PKI

/// Clients and a responder in this process, without sockets: datagrams are handed over as they are.
final class InProcessPair {
    let setUp: SetUpCase
    let responder: Host
    let initiator: Host
    let authority: Authority?
    private let peers: Peers
    private let clients: InitiatorCredentials
    private var number = 0
    private(set) var sizes = MessageSizes()
    /// The requests of the last set-up as the responder's engine left them: decrypted in place.
    private(set) var requests: [[UInt8]] = []

    init(_ setUp: SetUpCase, authority: Authority? = nil) throws {
        self.setUp = setUp
        self.authority = try setUp.certificates.map { try authority ?? Authority(kind: $0) }
        peers = Peers(setUp: setUp, responder: IPAddress(v4: 0xc000_0201), initiator: IPAddress(v4: 0xc000_0202))
        let store = MemoryCredentialStore()
        if let authority = self.authority {
            let own = try authority.issue("responder.example")
            let certificate = try authority.certificate()
            try store.load(Certificate(der: certificate), flag: .ca, from: .files)
            try store.load(Certificate(der: own.certificate), from: .files)
            store.load(try PrivateKey(data: own.key), from: .files)
            clients = try InitiatorCredentials(authority: certificate, responder: own.certificate)
        } else {
            store.load(SharedKey(secret: InitiatorCredentials.sharedKey), from: .files)
            clients = try InitiatorCredentials()
        }
        responder = Host(credentials: store)
        initiator = Host(credentials: clients)
        responder.load(try peers.gateway())
    }

    /// Credentials of the next client: with certificates, a fresh one for each set-up.
    func nextSubject() throws -> Subject? { try authority?.issue(Peers.clientName(number + 1)) }

    func run(_ subject: Subject?) throws {
        number += 1
        let identity = Identification(fqdn: Peers.clientName(number))
        if let subject { try clients.add(subject, for: identity) }
        defer { clients.remove(identity) }
        initiator.load(try peers.client(number))
        let before = responder.engine.ikeSACount
        initiator.initiate("net", of: "client")
        requests = []
        while let (bytes, path) = initiator.outbox.popFirst() {
            var request = bytes
            responder.takeMeasured(&request, on: path.reversed)
            requests.append(request)
            while let (bytes, path) = responder.outbox.popFirst() {
                note(bytes.count, requestSize: request.count)
                var response = bytes
                initiator.take(&response, on: path.reversed)
            }
        }
        guard responder.engine.ikeSACount == before + 1, initiator.failures.isEmpty,
            responder.engine.halfOpenCount == 0
        else {
            throw BenchmarkFailure("\(setUp.name): set-up \(number) failed: \(initiator.failures.first ?? "no answer")")
        }
    }

    private func note(_ response: Int, requestSize: Int) {
        if requests.count == 1 {
            sizes.initRequest = requestSize
            sizes.initResponse = response
        } else {
            sizes.authRequest = requestSize
            sizes.authResponse = response
        }
    }

    /// CPU time of the responder for each of `count` set-ups, in microseconds, and its allocations.
    func measure(_ count: Int) throws -> (microseconds: Double, allocations: Double) {
        responder.resetMeasures()
        for _ in 0..<count { try run(nextSubject()) }
        return (Double(responder.spent) / 1000 / Double(count), Double(responder.allocations) / Double(count))
    }
}

extension Array {
    mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
