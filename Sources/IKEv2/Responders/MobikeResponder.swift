import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Answers the notifies of MOBIKE (RFC 4555 §3), and NAT detection in any INFORMATIONAL.
struct MobikeResponder {
    let sa: IKEv2SA

    init(_ sa: IKEv2SA) { self.sa = sa }

    func respond(to contents: MessageContents, on path: Path, _ reply: inout Reply, _ turn: inout Turn) {
        guard sa.usesMobike else { return }
        if let cookie = contents.notify(.cookie2), (8...64).contains(cookie.data.count) {
            reply.message.add(.cookie2, data: cookie.data)
        }
        if contents.has(.updateSAAddresses), !sa.isOriginalInitiator {
            update(contents, on: path, &reply, &turn)
        } else if contents.has(.natDetectionSourceIP) {
            // The initiator looks whether its translator's mapping is still the same (RFC 4555 §3.8).
            sa.natDetection.write(&reply.message, path: path, fake: sa.peer.forceEncapsulation)
        }
        if Mobike.readAddresses(contents, sa, from: path.remote.address, &turn) { sa.addressesListed(on: path, &turn) }
    }

    private func update(_ contents: MessageContents, on path: Path, _ reply: inout Reply, _ turn: inout Turn) {
        if let notify = contents.notify(.noNATsAllowed), notify.data != Self.addressPair(path) {
            sa.log(&turn, .ike) { "peer allows no NAT, but there is one on the path, sending UNEXPECTED_NAT_DETECTED" }
            return reply.refuse(.unexpectedNATDetected)
        }
        guard path.remote.port != 0, !sa.environment.kernel.isLocal(path.remote.address) else {
            sa.log(&turn, .ike) { "peer cannot move to \(path.remote), sending UNACCEPTABLE_ADDRESSES" }
            return reply.refuse(.unacceptableAddresses)
        }
        sa.detectNAT(contents, on: path, &turn)
        sa.natDetection.write(&reply.message, path: path, fake: sa.peer.forceEncapsulation)
        sa.scheduleKeepAlive(&turn)
        let isElsewhere = path.remote.address != sa.path.remote.address
        if path == sa.path { sa.moveChildren(&turn) } else { sa.move(to: path, &turn) }
        guard isElsewhere else { return }
        let sa = sa
        reply.afterwards.append { turn in
            if !sa.queue.contains(where: { $0 is RoutabilityExchange }) { sa.enqueue(RoutabilityExchange(), &turn) }
        }
    }

    /// What NO_NATS_ALLOWED holds on a path without translator: source, destination, and both ports.
    private static func addressPair(_ path: Path) -> [UInt8] {
        [path.remote.address.bytes, path.local.address.bytes].flatMap { $0 }
            + [path.remote.port, path.local.port].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    }
}
