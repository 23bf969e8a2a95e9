import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// What both sides announce in IKE_SA_INIT.
enum InitNotifies {
    /// - Parameter isInitiator: then the connection is the one to be; a responder may yet choose another.
    static func write(
        _ message: inout PayloadWriter, _ peer: PeerConfig, _ settings: EngineSettings, isInitiator: Bool
    ) {
        if peer.fragmentation != .no { message.add(.fragmentationSupported) }
        if settings.signatureAuthentication {
            message.add(.signatureHashAlgorithms, data: announcement(peer, settings, isInitiator))
        }
        // Charon reads the notify for BEET mode, which has a number of private use, only from peers that it knows.
        if settings.sendVendorID || peer.children.contains(where: { $0.mode == .beet }) {
            message.add(.vendorID) { $0.append(strongSwan) }
        }
    }

    private static func announcement(_ peer: PeerConfig, _ settings: EngineSettings, _ isInitiator: Bool) -> [UInt8] {
        let constraints = isInitiator ? peer.remote.flatMap(\.schemes).forIKE(settings) : []
        return SignatureAuthentication.announcement(constraints)
    }

    static func read(_ contents: MessageContents, into sa: IKEv2SA, _ turn: inout Turn) {
        if contents.has(.fragmentationSupported) { sa.capabilities.insert(.fragmentation) }
        if contents.has(.childlessSupported) { sa.capabilities.insert(.childless) }
        if let notify = contents.notify(.signatureHashAlgorithms) {
            sa.handshake?.peerHashes = SignatureAuthentication.hashes(from: notify.data)
        }
        for vendorID in contents.vendorIDs where vendorID == strongSwan {
            sa.log(&turn, .enc) { "received strongSwan vendor ID" }
            sa.capabilities.insert(.strongSwan)
        }
    }

    /// Numbers of the private-use ranges mean the same to peers that send this.
    static let strongSwan: [UInt8] = [
        0x88, 0x2f, 0xe5, 0x6d, 0x6f, 0xd2, 0x0d, 0xbc, 0x22, 0x51, 0x61, 0x3b, 0x2e, 0xbe, 0x5b, 0xeb,
    ]
}

extension IKEv2SA {
    var acceptsPrivateAlgorithms: Bool {
        environment.settings.acceptPrivateAlgorithms || capabilities.contains(.strongSwan)
    }

    /// From here on the IKE_SA uses port 4500; connections with ports of their own stay on them.
    func floatPorts() {
        let settings = environment.settings
        if path.local.port == settings.port { path.local.port = settings.portNATT }
        if path.remote.port == 500 { path.remote.port = 4500 }
    }
}
