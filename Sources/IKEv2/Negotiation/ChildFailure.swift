package import CryptoInterface
package import IKECodec
package import IKESA
package import IPsecModel

/// Why a CHILD_SA did not come about.
package enum ChildFailure: Error {
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
    package var description: String {
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
    package var text: String { isEmpty ? "(none)" : map { "\($0)" }.joined(separator: " ") }
}
