import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Detection of address translators by hashes over SPIs, address and port (RFC 7296 §2.23).
struct NATDetection {
    let crypto: any CryptoProvider
    let initiatorSPI: IKESPI
    let responderSPI: IKESPI

    init(_ crypto: any CryptoProvider, initiatorSPI: IKESPI, responderSPI: IKESPI) {
        self.crypto = crypto
        self.initiatorSPI = initiatorSPI
        self.responderSPI = responderSPI
    }

    /// SHA-1(SPIi | SPIr | address | port)
    func hash(_ endpoint: Endpoint) -> [UInt8] {
        let port = [UInt8(endpoint.port >> 8), UInt8(endpoint.port & 0xff)]
        // SHA-1 is always there; should libcrypto refuse it, an empty hash matches nothing and NAT is assumed.
        return (try? crypto.hash(
            .sha1, initiatorSPI.bytes + responderSPI.bytes + endpoint.address.bytes + port)) ?? []
    }

    /// - Parameter fake: send a hash that cannot match, so that the peer encapsulates in UDP (`encap=yes`).
    func write(_ message: inout PayloadWriter, path: Path, fake: Bool) {
        var source = hash(path.local)
        if fake, !source.isEmpty { source[0] ^= 0xff }
        message.add(.natDetectionSourceIP, data: source)
        message.add(.natDetectionDestinationIP, data: hash(path.remote))
    }

    enum Finding: Equatable {
        /// The peer sent no hashes.
        case unsupported
        case found(local: Bool, remote: Bool)
    }

    /// What the peer's hashes say about the path on which they came.
    func read(_ contents: MessageContents, path: Path) -> Finding {
        let sources = contents.notifies.filter { $0.type == .natDetectionSourceIP }
        let destinations = contents.notifies.filter { $0.type == .natDetectionDestinationIP }
        guard !sources.isEmpty, !destinations.isEmpty else { return .unsupported }
        let here = hash(path.local)
        let there = hash(path.remote)
        return .found(
            local: !destinations.contains { $0.data == here }, remote: !sources.contains { $0.data == there })
    }
}

extension IKEv2SA {
    var natDetection: NATDetection {
        NATDetection(environment.crypto, initiatorSPI: initiatorSPI, responderSPI: responderSPI)
    }

    /// Takes over what a message says about translators.
    ///
    /// - Parameter isFirst: the hashes of the very first request were made before there was a responder's SPI.
    func detectNAT(_ contents: MessageContents, on path: Path, isFirst: Bool = false, _ turn: inout Turn) {
        let detection =
            isFirst
            ? NATDetection(environment.crypto, initiatorSPI: initiatorSPI, responderSPI: .none) : natDetection
        guard case .found(let local, let remote) = detection.read(contents, path: path) else { return }
        capabilities.insert(.natTraversal)
        mappingHash = contents.notify(.natDetectionDestinationIP)?.data
        let isNews = !isEstablished || (natLocal, natRemote) != (local, remote)
        natLocal = local
        natRemote = remote
        natFake = peer.forceEncapsulation
        guard isNews else { return }
        if local { log(&turn, .ike) { "local host is behind NAT, sending keep alives" } }
        if remote { log(&turn, .ike) { "remote host is behind NAT" } }
        if isEstablished, !local, !remote { log(&turn, .ike) { "no NAT on the path any more" } }
        if natFake, !local, !remote { log(&turn, .ike) { "faking NAT situation to enforce UDP encapsulation" } }
    }
}
