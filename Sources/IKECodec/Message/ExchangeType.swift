/// What a message is part of (RFC 7296 §3.1; IKEv1 numbers from RFC 2408 §3.1).
package struct ExchangeType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let identityProtection = Self(rawValue: 2)
    package static let aggressive = Self(rawValue: 4)
    package static let ikeSAInit = Self(rawValue: 34)
    package static let ikeAuth = Self(rawValue: 35)
    package static let createChildSA = Self(rawValue: 36)
    package static let informational = Self(rawValue: 37)
    package static let ikeSessionResume = Self(rawValue: 38)
    package static let ikeIntermediate = Self(rawValue: 43)
    package static let ikeFollowupKE = Self(rawValue: 44)
}

extension ExchangeType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .identityProtection: "ID_PROT"
        case .aggressive: "AGGRESSIVE"
        case .ikeSAInit: "IKE_SA_INIT"
        case .ikeAuth: "IKE_AUTH"
        case .createChildSA: "CREATE_CHILD_SA"
        case .informational: "INFORMATIONAL"
        case .ikeSessionResume: "IKE_SESSION_RESUME"
        case .ikeIntermediate: "IKE_INTERMEDIATE"
        case .ikeFollowupKE: "IKE_FOLLOWUP_KE"
        default: "EXCHANGE_\(rawValue)"
        }
    }
}
