import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers the notifies of MOBIKE (RFC 4555 §3).
struct MobikeResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    func respond(to contents: MessageContents, on path: Path, _ reply: inout Reply, _ turn: inout Turn) {
        guard sa.capabilities.contains(.mobike) else { return }
        if let cookie = contents.notify(.cookie2) { reply.message.add(.cookie2, data: cookie.data) }
        readAddresses(contents)
        guard contents.has(.updateSAAddresses), !sa.isInitiator else { return }
        sa.detectNAT(contents, on: path, &turn)
        sa.natDetection.write(&reply.message, path: path, fake: sa.peer.forceEncapsulation)
        if path == sa.path { sa.moveChildren(&turn) } else { sa.move(to: path, &turn) }
    }

    /// A list replaces the one before (RFC 4555 §3.6).
    private func readAddresses(_ contents: MessageContents) {
        let named = contents.notifies.filter { $0.type == .additionalIPv4Address || $0.type == .additionalIPv6Address }
        guard !named.isEmpty || contents.has(.noAdditionalAddresses) else { return }
        sa.additionalAddresses = named.prefix(16).compactMap { IPAddress(bytes: $0.data) }
    }
}
