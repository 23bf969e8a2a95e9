import CBenchmark
import CryptoInterface
import IKEEngine
import IKESA
import IPsecModel
import OpenSSLCrypto
import PKI
import SwandDaemon

/// An engine with the kernel stand-in: what a shard is without its sockets.
final class Host {
    let engine: Engine
    private var effects = Effects(logLevels: LogLevels(all: -1))
    private var lastCommand: UInt64 = 0
    /// Set-ups that a command asked for and that came up, or did not.
    private(set) var successes = 0
    private(set) var failures: [String] = []
    /// Datagrams to send, in order.
    var outbox: [(bytes: [UInt8], path: Path)] = []
    /// CPU nanoseconds and allocations inside of the engine, by datagrams alone.
    private(set) var spent: Int64 = 0
    private(set) var allocations: UInt64 = 0

    init(credentials: any CredentialStore, port: UInt16 = 500, portNATT: UInt16 = 4500) {
        var settings = EngineSettings()
        settings.dosProtection = false
        settings.port = port
        settings.portNATT = portNATT
        settings.reuseIKESA = false
        engine = Engine(
            environment: CoreEnvironment(
                crypto: OpenSSLProvider(), kernel: StandInKernel(), credentials: credentials, settings: settings))
    }

    static var now: Instant { Instant(microseconds: bench_wall_time() / 1000) }

    func load(_ peer: PeerConfig) {
        engine.load(peer, at: Self.now, into: &effects)
        execute()
    }

    func load(_ peers: [PeerConfig]) {
        engine.update(connections: peers, at: Self.now, into: &effects)
        execute()
    }

    func initiate(_ child: String, of peer: String) {
        lastCommand += 1
        let command = Command.initiate(child: child, ike: peer)
        engine.perform(command, id: CommandID(rawValue: lastCommand), at: Self.now, into: &effects)
        execute()
    }

    /// Not measured: for the side that makes the load.
    func take(_ datagram: inout [UInt8], on path: Path) {
        engine.receive(&datagram, on: path, at: Self.now, into: &effects)
        execute()
    }

    /// What the engine does with a datagram counts, its effects included. Not inlined, so that profilers find it.
    @inline(never)
    func takeMeasured(_ datagram: inout [UInt8], on path: Path) {
        let now = Self.now
        let before = bench_allocations()
        let start = bench_thread_time()
        engine.receive(&datagram, on: path, at: now, into: &effects)
        execute()
        spent += bench_thread_time() - start
        allocations += bench_allocations() - before
    }

    func resetMeasures() {
        spent = 0
        allocations = 0
    }

    private func execute() {
        for effect in effects.drain() {
            switch effect {
            case .transmit(let bytes, let path, _): outbox.append((bytes, path))
            case .complete(_, .failure(let reason, _, _)): failures.append(reason)
            case .complete(_, .success): successes += 1
            default: break
            }
        }
    }
}

extension Path {
    /// The same conversation from the other end.
    var reversed: Path { Path(local: remote, remote: local) }
}
