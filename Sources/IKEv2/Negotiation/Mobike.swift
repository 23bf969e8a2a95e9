import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Announcement of MOBIKE in IKE_AUTH (RFC 4555 §3.1).
enum Mobike {
    static func announce(_ sa: IKEv2SA, _ message: inout PayloadWriter) {
        guard sa.peer.mobike else { return }
        message.add(.mobikeSupported)
    }

    /// As responder: only to a peer that has announced it.
    static func announce(_ sa: IKEv2SA, _ message: inout PayloadWriter, ifSupported request: MessageContents) {
        if request.has(.mobikeSupported) { announce(sa, &message) }
    }

    static func read(_ contents: MessageContents, _ sa: IKEv2SA) {
        if sa.peer.mobike, contents.has(.mobikeSupported) { sa.capabilities.insert(.mobike) }
    }
}
