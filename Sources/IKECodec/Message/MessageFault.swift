package import Wire

/// Why a well-protected message is refused before anybody interprets it.
package enum MessageFault: Error, Equatable, Sendable {
    /// A payload cannot be decoded: INVALID_SYNTAX (RFC 7296 §3.10.1).
    case syntax(PayloadType, CodecError)
    /// A payload that we do not know is marked critical (RFC 7296 §2.5).
    case unsupportedCriticalPayload(PayloadType)
    /// The exchange cannot do without this payload.
    case missing(PayloadType, ExchangeType)
    /// More payloads of a type than the exchange allows.
    case tooMany(PayloadType, ExchangeType)
    /// The exchange has no use for this payload where it stands.
    case misplaced(PayloadType, ExchangeType)
}

extension MessageFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .syntax(let type, let error): "\(type) payload: \(error)"
        case .unsupportedCriticalPayload(let type): "unknown critical payload of type \(type.rawValue)"
        case .missing(let type, let exchange): "\(type) payload missing in \(exchange)"
        case .tooMany(let type, let exchange): "too many \(type) payloads in \(exchange)"
        case .misplaced(let type, let exchange): "\(type) payload does not belong into \(exchange)"
        }
    }
}
