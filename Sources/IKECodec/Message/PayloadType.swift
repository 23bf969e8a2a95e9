/// The type of a payload (RFC 7296 §3.2).
package struct PayloadType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let none = Self(rawValue: 0)
    package static let securityAssociation = Self(rawValue: 33)
    package static let keyExchange = Self(rawValue: 34)
    package static let idInitiator = Self(rawValue: 35)
    package static let idResponder = Self(rawValue: 36)
    package static let certificate = Self(rawValue: 37)
    package static let certificateRequest = Self(rawValue: 38)
    package static let authentication = Self(rawValue: 39)
    package static let nonce = Self(rawValue: 40)
    package static let notify = Self(rawValue: 41)
    package static let delete = Self(rawValue: 42)
    package static let vendorID = Self(rawValue: 43)
    package static let trafficSelectorInitiator = Self(rawValue: 44)
    package static let trafficSelectorResponder = Self(rawValue: 45)
    package static let encrypted = Self(rawValue: 46)
    package static let configuration = Self(rawValue: 47)
    package static let eap = Self(rawValue: 48)
    package static let encryptedFragment = Self(rawValue: 53)

    /// Whether IKEv2 as spoken here knows the type; others are skipped, or refused where critical.
    package var isKnown: Bool { (33...48).contains(rawValue) || self == .encryptedFragment }
}

extension PayloadType: CustomStringConvertible {
    /// The short names of charon's ENC log.
    package var description: String {
        switch self {
        case .none: "NO"
        case .securityAssociation: "SA"
        case .keyExchange: "KE"
        case .idInitiator: "IDi"
        case .idResponder: "IDr"
        case .certificate: "CERT"
        case .certificateRequest: "CERTREQ"
        case .authentication: "AUTH"
        case .nonce: "No"
        case .notify: "N"
        case .delete: "D"
        case .vendorID: "V"
        case .trafficSelectorInitiator: "TSi"
        case .trafficSelectorResponder: "TSr"
        case .encrypted: "SK"
        case .configuration: "CP"
        case .eap: "EAP"
        case .encryptedFragment: "EF"
        default: "UNKNOWN_\(rawValue)"
        }
    }
}
