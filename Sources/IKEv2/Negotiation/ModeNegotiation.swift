import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

extension ChildConfig.Mode {
    /// The notify that asks for this mode; tunnel mode needs none (RFC 7296 §1.3.1).
    var notify: NotifyType? {
        switch self {
        case .transport, .transportProxy: .useTransportMode
        case .beet: .useBEETMode
        default: nil
        }
    }

    /// Transport and BEET mode have nowhere to put inner addresses other than one on each side.
    var isHostToHost: Bool { self == .transport || self == .beet }
}

extension MessageContents {
    /// The mode that these notifies ask for, or agree to, where `configured` allows it; otherwise tunnel mode.
    func mode(configured: ChildConfig.Mode) -> ChildConfig.Mode {
        guard let wanted = configured.notify, has(wanted) else { return .tunnel }
        return configured
    }

    /// Whether no other mode than the one asked for is agreed to: the two sides would not understand each other's
    /// packets.
    func hasOnlyMode(of configured: ChildConfig.Mode) -> Bool {
        [NotifyType.useTransportMode, .useBEETMode].allSatisfy { !has($0) || $0 == configured.notify }
    }
}
