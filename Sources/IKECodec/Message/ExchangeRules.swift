/// Which payloads a message of IKEv2 may hold: exchange and direction against payload, least and greatest count
/// (RFC 7296 appendix C).
///
/// Payloads without a row may not appear, except Notify and Vendor ID, which may appear anywhere, and unknown ones,
/// which are skipped.
package enum ExchangeRules {
    package struct Row: Sendable {
        let type: PayloadType
        let least: Int
        let most: Int
    }

    /// - Throws: the first rule that the payloads break.
    package static func check(
        _ payloads: [PayloadView], exchange: ExchangeType, isResponse: Bool
    ) throws(MessageFault) {
        if let unknown = payloads.first(where: { !$0.type.isKnown && $0.isCritical }) {
            throw .unsupportedCriticalPayload(unknown.type)
        }
        // An error notify stands alone and makes everything else optional.
        let rows = rows(exchange, isResponse: isResponse)
        for row in rows {
            let count = payloads.count(where: { $0.type == row.type })
            if count > row.most { throw .tooMany(row.type, exchange) }
        }
        for payload in payloads where payload.type.isKnown && !isAnywhere(payload.type) {
            if !rows.contains(where: { $0.type == payload.type }) { throw .misplaced(payload.type, exchange) }
        }
        // A request must be complete; a response may be a lone error notify, which its reader looks for first.
        guard !isResponse else { return }
        let isSpecialInit = exchange == .ikeSAInit && payloads.allSatisfy { isAnywhere($0.type) }
        guard !isSpecialInit || payloads.isEmpty else { throw .missing(.securityAssociation, exchange) }
        for row in rows where row.least > 0 {
            if payloads.count(where: { $0.type == row.type }) < row.least { throw .missing(row.type, exchange) }
        }
        try checkChild(payloads, exchange)
    }

    /// A CHILD_SA is asked for with SA, TSi and TSr together; IKE_AUTH without a CHILD_SA has none of them
    /// (RFC 6023), CREATE_CHILD_SA for an IKE_SA only the first.
    private static func checkChild(_ payloads: [PayloadView], _ exchange: ExchangeType) throws(MessageFault) {
        guard exchange == .ikeAuth || exchange == .createChildSA else { return }
        func has(_ type: PayloadType) -> Bool { payloads.contains { $0.type == type } }
        let wanted = [PayloadType.trafficSelectorInitiator, .trafficSelectorResponder]
            + (exchange == .ikeAuth ? [.securityAssociation] : [])
        guard wanted.contains(where: has), let missing = wanted.first(where: { !has($0) }) else { return }
        throw .missing(missing, exchange)
    }

    private static func isAnywhere(_ type: PayloadType) -> Bool { type == .notify || type == .vendorID }

    private static func rows(_ exchange: ExchangeType, isResponse: Bool) -> [Row] {
        switch exchange {
        case .ikeSAInit: isResponse ? initResponse : initRequest
        case .ikeAuth: isResponse ? authResponse : authRequest
        case .createChildSA: createChild
        case .ikeIntermediate: intermediate
        case .ikeFollowupKE: intermediate
        case .informational: informational
        default: []
        }
    }

    private static let initRequest = [
        Row(type: .securityAssociation, least: 1, most: 1), Row(type: .keyExchange, least: 1, most: 1),
        Row(type: .nonce, least: 1, most: 1),
    ]
    private static let initResponse = initRequest + [Row(type: .certificateRequest, least: 0, most: 16)]
    private static let authRequest = [
        // Later rounds of IKE_AUTH carry EAP or AUTH alone, so nothing but their sum is required here.
        Row(type: .idInitiator, least: 0, most: 1), Row(type: .idResponder, least: 0, most: 1),
        Row(type: .certificate, least: 0, most: 32), Row(type: .certificateRequest, least: 0, most: 16),
        Row(type: .authentication, least: 0, most: 1), Row(type: .eap, least: 0, most: 1),
        Row(type: .configuration, least: 0, most: 1), Row(type: .securityAssociation, least: 0, most: 1),
        Row(type: .trafficSelectorInitiator, least: 0, most: 1),
        Row(type: .trafficSelectorResponder, least: 0, most: 1),
    ]
    private static let authResponse = authRequest.filter { $0.type != .idInitiator }
    private static let createChild = [
        Row(type: .securityAssociation, least: 1, most: 1), Row(type: .nonce, least: 1, most: 1),
        Row(type: .keyExchange, least: 0, most: 1), Row(type: .trafficSelectorInitiator, least: 0, most: 1),
        Row(type: .trafficSelectorResponder, least: 0, most: 1), Row(type: .configuration, least: 0, most: 1),
    ]
    private static let intermediate = [Row(type: .keyExchange, least: 0, most: 1)]
    private static let informational = [
        Row(type: .delete, least: 0, most: 64), Row(type: .configuration, least: 0, most: 1),
    ]
}
