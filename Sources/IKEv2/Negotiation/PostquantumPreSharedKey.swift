import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// A post-quantum pre-shared key, PPK, that an IKE_SA may mix into its keys (RFC 8784).
///
///     initiator                                        responder
///     HDR, SAi1, KEi, Ni, N(USE_PPK)                →
///                                                   ←   HDR, SAr1, KEr, Nr, N(USE_PPK)
///     HDR, SK { IDi, AUTH, SAi2, TSi, TSr,
///               N(PPK_IDENTITY), [N(NO_PPK_AUTH)] } →
///                                                   ←   HDR, SK { IDr, AUTH, SAr2, TSi, TSr, [N(PPK_IDENTITY)] }
///
/// AUTH is made with the PPK; NO_PPK_AUTH holds what AUTH would be without, for a responder that does not have it.
struct PostquantumPreSharedKey {
    let id: [UInt8]
    let secret: SecretBytes

    /// PPK_ID_FIXED: both sides know the PPK by a name (RFC 8784 §5.1).
    private static let fixedType: UInt8 = 2

    /// Data of PPK_IDENTITY: | PPK_ID type (u8) | PPK_ID … |
    var notifyData: [UInt8] { [Self.fixedType] + id }

    /// The name of a PPK in the data of a PPK_IDENTITY; `nil` where it is of a type that we do not know.
    static func id(from data: [UInt8]) -> [UInt8]? {
        guard data.count > 1, data.first == fixedType else { return nil }
        return Array(data.dropFirst())
    }

    // MARK: IKE_SA_INIT

    /// The PPK that we use as initiator.
    ///
    /// - Throws: where the connection cannot do without and has none.
    static func configured(_ sa: IKEv2SA, _ turn: inout Turn) throws(AuthenticationFailure) -> PostquantumPreSharedKey? {
        let id = sa.peer.ppkID
        if let id, let secret = sa.environment.credentials.ppk(id: id.data) {
            return PostquantumPreSharedKey(id: id.data, secret: secret)
        }
        let reason = id.map { "no PPK found for '\($0)'" } ?? "PPK required, but the connection names none"
        if sa.peer.ppkRequired { throw .ppk(reason) }
        if id != nil { sa.log(&turn, .ike) { "\(reason), going on without" } }
        return nil
    }

    /// As responder: the connection is not known for sure before IKE_AUTH, so any PPK will do.
    static func answer(_ request: MessageContents, _ sa: IKEv2SA, _ message: inout PayloadWriter) {
        guard request.has(.usePPK), sa.environment.credentials.hasPPK else { return }
        sa.capabilities.insert(.ppk)
        message.add(.usePPK)
    }

    // MARK: IKE_AUTH as responder

    /// How the peer's AUTH is to be read under one connection.
    enum Reading {
        case with(PostquantumPreSharedKey)
        /// Without a PPK; `AuthenticationPayload` stands in NO_PPK_AUTH where the peer would have liked one.
        case without(AuthenticationPayload)
    }

    /// Decides as RFC 8784 §3 table 1 does.
    static func reading(
        _ contents: MessageContents, _ auth: AuthenticationPayload, for peer: PeerConfig, _ sa: IKEv2SA
    ) throws(AuthenticationFailure) -> Reading {
        guard sa.capabilities.contains(.ppk), let notify = contents.notify(.ppkIdentity) else {
            if peer.ppkRequired { throw .ppk("PPK required, but the peer uses none") }
            return .without(auth)
        }
        if let id = id(from: notify.data), peer.ppkID == nil || peer.ppkID?.data == id,
            let secret = sa.environment.credentials.ppk(id: id)
        {
            return .with(PostquantumPreSharedKey(id: id, secret: secret))
        }
        if peer.ppkRequired { throw .ppk("PPK required, but the peer's is not known") }
        guard let plain = contents.notify(.noPPKAuth) else { throw .ppk("the peer insists on a PPK that is not known") }
        return .without(AuthenticationPayload(method: auth.method, data: plain.data))
    }
}

extension IKEv2SA {
    /// Goes on with keys that depend on the PPK.
    func mixPPK(_ ppk: PostquantumPreSharedKey) throws(AuthenticationFailure) {
        guard let keys else { throw .incomplete("the handshake is over") }
        do throws(CryptoError) {
            self.keys = try KeyDerivation(environment.crypto).keys(keys, with: ppk.secret)
        } catch {
            throw .incomplete("\(error)")
        }
    }
}
