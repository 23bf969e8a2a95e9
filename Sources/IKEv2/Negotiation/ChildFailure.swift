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
    case selectors(offered: [TrafficSelector], configured: [TrafficSelector])
    case kernel(KernelError)
    case crypto(CryptoError)
}

extension ChildFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .refused(let type): "received \(type) notify error"
        case .badAnswer(let reason): reason
        case .proposals(let mismatch): "no acceptable proposal: \(mismatch)"
        case .selectors(let offered, let configured):
            "traffic selectors \(offered.text) do not lie within \(configured.text)"
        case .kernel(let error): "\(error.request): \(error.reason)"
        case .crypto(let error): "\(error)"
        }
    }
}

extension [TrafficSelector] {
    var text: String { isEmpty ? "(none)" : map { "\($0)" }.joined(separator: " ") }
}
