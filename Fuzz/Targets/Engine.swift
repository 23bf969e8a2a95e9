// Datagrams, times and commands as input of an engine, in every state of an IKE_SA.
//
// Nobody guesses a key, so the two engines here use a cipher that changes nothing: what the fuzzer writes is what the
// receiver opens, and the state machine behind the decryption is reached.
//
//     | stage (u8) | steps: | action (u8) | length (u8) | octets … | …

import CryptoInterface
import IKECodec
import IKEEngine
import IKESA
import IPsecModel
import SimulatedNetwork
import Wire

/// Real hashes and PRFs, seeded randomness, no encryption.
final class TransparentCrypto: CryptoProvider {
    private let inner: SeededCrypto

    init(seed: UInt64) { inner = SeededCrypto(seed: seed) }

    func supports(_ transform: Transform) -> Bool { inner.supports(transform) }
    func publicRandom(_ buffer: UnsafeMutableRawBufferPointer) { inner.publicRandom(buffer) }
    func secretRandom(_ buffer: UnsafeMutableRawBufferPointer) { inner.secretRandom(buffer) }

    func hash(
        _ algorithm: HashAlgorithm, _ parts: [UnsafeRawBufferPointer], into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try inner.hash(algorithm, parts, into: output)
    }

    func prf(
        _ algorithm: PRFAlgorithm, key: UnsafeRawBufferPointer, _ parts: [UnsafeRawBufferPointer],
        into output: UnsafeMutableRawBufferPointer
    ) throws(CryptoError) {
        try inner.prf(algorithm, key: key, parts, into: output)
    }

    func keyExchange(_ method: KeyExchangeMethod) throws(CryptoError) -> any KeyExchange {
        try inner.keyExchange(method)
    }

    func answerKeyExchange(
        _ method: KeyExchangeMethod, peer: UnsafeRawBufferPointer
    ) throws(CryptoError) -> (publicValue: [UInt8], secret: SecretBytes) {
        try inner.answerKeyExchange(method, peer: peer)
    }

    func seal(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int, ivCounter: UInt64
    ) throws(CryptoError) {}

    func open(
        _ protection: MessageProtection, keys: DirectionKeys, message: UnsafeMutableRawBufferPointer,
        headerLength: Int
    ) throws(CryptoError) {}
}

/// An engine with its kernel, and the datagrams that it has sent.
final class Host {
    let engine: Engine
    let kernel: FakeKernel
    private(set) var outbox: [(bytes: [UInt8], path: Path)] = []
    private var effects = Effects(logLevels: LogLevels(all: 1))
    private var lastCommand: UInt64 = 0

    init(_ own: SampleHost, _ peer: SampleHost, seed: UInt64) {
        let credentials = StaticCredentials()
        credentials.setKey(Sample.psk, local: own.identity, remote: peer.identity)
        kernel = FakeKernel(addresses: [own.address], seed: seed)
        engine = Engine(
            environment: CoreEnvironment(
                crypto: TransparentCrypto(seed: seed), kernel: kernel, credentials: credentials))
        var connection = Sample.connection(own, to: peer)
        connection.dpdDelay = .seconds(30)
        connection.children.append(Sample.child("second", own, peer))
        input(at: .origin) { $0.load(connection, at: .origin, into: &$1) }
    }

    func input(at now: Instant, _ body: (Engine, inout Effects) -> Void) {
        kernel.now = now
        body(engine, &effects)
        for case .transmit(let bytes, let path, _) in effects.drain() { outbox.append((bytes, path)) }
    }

    func receive(_ bytes: [UInt8], from peer: Endpoint, to own: Endpoint, at now: Instant) {
        var bytes = bytes
        input(at: now) { $0.receive(&bytes, on: Path(local: own, remote: peer), at: now, into: &$1) }
    }

    func perform(_ command: Command, at now: Instant) {
        lastCommand += 1
        let id = CommandID(rawValue: lastCommand)
        input(at: now) { $0.perform(command, id: id, at: now, into: &$1) }
    }

    func takeOutbox() -> [(bytes: [UInt8], path: Path)] {
        defer { outbox = [] }
        return outbox
    }
}

struct Session {
    let moon = Host(.moon, .sun, seed: 1)
    let sun = Host(.sun, .moon, seed: 2)
    var now = Instant.origin + .seconds(1)
    /// Message IDs that come next, in requests to `moon` and in requests of `moon`.
    var nextRequest: MessageID = 0
    var awaited: MessageID = 0

    /// Brings the pair to one of seven places in an IKE_SA's life.
    init(stage: UInt8) {
        switch stage % 7 {
        case 0: return
        case 1: begin(by: sun, exchanges: 1)
        case 2: begin(by: sun, exchanges: 2)
        case 3: begin(by: moon, exchanges: 0)
        case 4: begin(by: moon, exchanges: 1)
        case 5: begin(by: moon, exchanges: 2)
        default:
            begin(by: sun, exchanges: 2)
            moon.perform(.rekey(SASelection(child: "net"), reauthenticate: false), at: now)
        }
    }

    private mutating func begin(by initiator: Host, exchanges: Int) {
        initiator.perform(.initiate(child: "net", ike: nil), at: now)
        for _ in 0..<exchanges {
            exchange(from: initiator)
            exchange(from: initiator === moon ? sun : moon)
        }
        if initiator === sun { nextRequest = MessageID(exchanges) } else { awaited = MessageID(exchanges) }
    }

    /// Delivers what a host has sent.
    mutating func exchange(from sender: Host) {
        let receiver = sender === moon ? sun : moon
        for (bytes, path) in sender.takeOutbox().prefix(8) {
            receiver.receive(bytes, from: path.local, to: path.remote, at: now)
        }
    }

    mutating func step(_ action: UInt8, _ octets: [UInt8]) {
        switch action % 8 {
        case 0: deliver(octets)
        case 1: deliver(sealed(octets, isResponse: false))
        case 2: deliver(sealed(octets, isResponse: true))
        case 3: deliver(unprotected(octets))
        case 4: exchange(from: moon)
        case 5: exchange(from: sun)
        case 6: pass(octets)
        default: command(octets)
        }
    }

    private func deliver(_ bytes: [UInt8]) {
        let port: UInt16 = moon.engine.ikeSACount > 0 ? 4500 : 500
        moon.receive(
            bytes, from: Endpoint(SampleHost.sun.address, port), to: Endpoint(SampleHost.moon.address, port), at: now)
    }

    /// The first octet is the exchange, the second the first payload, the rest the payloads inside SK.
    private mutating func sealed(_ octets: [UInt8], isResponse: Bool) -> [UInt8] {
        guard octets.count >= 2, let sa = moon.engine.ikeSAs(at: now).first else { return octets }
        var flags: IKEHeader.Flags = isResponse ? .response : []
        if !sa.isInitiator { flags.insert(.initiator) }
        let body = octets[2...]
        // Generic header, IV, payloads, pad length, ICV of AES-GCM.
        let size = IKEHeader.size + 4 + 8 + body.count + 1 + 16
        var writer = ByteWriter(reserving: size)
        IKEHeader(
            initiatorSPI: sa.initiatorSPI, responderSPI: sa.responderSPI, nextPayload: .encrypted,
            exchange: ExchangeType(rawValue: 34 + octets[0] % 11), flags: flags,
            messageID: isResponse ? awaited : nextRequest, length: UInt32(size)
        ).write(to: &writer)
        writer.u8(octets[1])
        writer.u8(0)
        writer.u16(UInt16(size - IKEHeader.size))
        writer.zeros(8)
        writer.append(body)
        writer.zeros(17)
        if isResponse { awaited &+= 1 } else { nextRequest &+= 1 }
        return writer.bytes
    }

    /// A message in the clear for the newest IKE_SA, with a header that fits.
    private func unprotected(_ octets: [UInt8]) -> [UInt8] {
        guard octets.count >= 2 else { return octets }
        let sa = moon.engine.ikeSAs(at: now).last
        let isResponse = sa?.isInitiator ?? false
        var writer = ByteWriter()
        IKEHeader(
            initiatorSPI: sa?.initiatorSPI ?? IKESPI(rawValue: 77),
            responderSPI: isResponse ? IKESPI(rawValue: 78) : .none,
            nextPayload: PayloadType(rawValue: octets[1]), exchange: ExchangeType(rawValue: 34 + octets[0] % 11),
            flags: isResponse ? .response : .initiator, messageID: 0,
            length: UInt32(IKEHeader.size + octets.count - 2)
        ).write(to: &writer)
        writer.append(octets[2...])
        return writer.bytes
    }

    private mutating func pass(_ octets: [UInt8]) {
        let seconds = octets.prefix(2).reduce(0) { $0 << 8 | Int64($1) }
        now = now + .seconds(seconds)
        for host in [moon, sun] { host.input(at: now) { $0.advance(to: now, into: &$1) } }
    }

    private func command(_ octets: [UInt8]) {
        switch (octets.first ?? 0) % 6 {
        case 0: moon.perform(.initiate(child: "net", ike: nil), at: now)
        case 1: moon.perform(.initiate(child: "second", ike: nil), at: now)
        case 2: moon.perform(.rekey(SASelection(child: "net"), reauthenticate: false), at: now)
        case 3: moon.perform(.rekey(SASelection(ike: "gateway"), reauthenticate: octets.count > 1), at: now)
        case 4: moon.perform(.terminate(SASelection(child: "net"), force: octets.count > 1), at: now)
        default: moon.perform(.terminate(SASelection(ike: "gateway"), force: octets.count > 1), at: now)
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: data, count: count))
    guard let stage = input.first else { return 0 }
    var session = Session(stage: stage)
    var offset = 1
    while offset + 2 <= input.count {
        let length = Int(input[offset + 1])
        let start = offset + 2
        let end = min(start + length, input.count)
        session.step(input[offset], Array(input[start..<end]))
        offset = end
    }
    // Nobody answers any more: everything must come to rest and leave the kernel as it was.
    let rest = session.now + .seconds(3600)
    for host in [session.moon, session.sun] {
        host.input(at: session.now) { $0.shutdown(at: session.now, into: &$1) }
        host.input(at: rest) { $0.advance(to: rest, into: &$1) }
        let left = [
            "\(host.kernel.states.count) SAs", "\(host.kernel.policies.count) policies",
            "\(host.kernel.reserved.count) reserved SPIs",
        ].filter { !$0.hasPrefix("0 ") }
        precondition(left.isEmpty, "left in the kernel: \(left.joined(separator: ", "))")
    }
    return 0
}
