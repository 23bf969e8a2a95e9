import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// Why a CHILD_SA did not come about.
enum ChildFailure: Error {
    /// The peer answered with an error notify.
    case refused(NotifyType)
    /// The peer's answer breaks a rule.
    case badAnswer(String)
    case proposals(ProposalMismatch)
    case selectors(offered: SelectorPair, configured: SelectorPair)
    case kernel(KernelError)
    case crypto(CryptoError)
}

extension ChildFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .refused(let type): "received \(type) notify, no CHILD_SA built"
        case .badAnswer(let reason): reason
        case .proposals(let mismatch): "no acceptable proposal found: \(mismatch)"
        case .selectors(let offered, let configured):
            "traffic selectors \(offered.local.text) === \(offered.remote.text) unacceptable, configured are "
                + "\(configured.local.text) === \(configured.remote.text)"
        case .kernel(let error): "\(error.request): \(error.reason)"
        case .crypto(let error): "\(error)"
        }
    }
}

/// Traffic selectors of both ends, seen from here.
struct SelectorPair {
    var local: [TrafficSelector]
    var remote: [TrafficSelector]
}

extension [TrafficSelector] {
    var text: String { isEmpty ? "(none)" : map { "\($0)" }.joined(separator: " ") }
}
