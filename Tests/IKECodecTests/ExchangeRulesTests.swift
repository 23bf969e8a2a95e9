import IKECodec
import Testing
import Wire

@Suite("Which payloads an exchange may hold")
struct ExchangeRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var exchange: ExchangeType
        var isResponse = false
        var types: [PayloadType]
        var fault: MessageFault?
        var testDescription: String { name }
    }

    static let ts: [PayloadType] = [.trafficSelectorInitiator, .trafficSelectorResponder]

    static let cases = [
        Case(name: "IKE_SA_INIT", exchange: .ikeSAInit, types: [.securityAssociation, .keyExchange, .nonce]),
        Case(
            name: "IKE_SA_INIT with notifies and vendor IDs anywhere", exchange: .ikeSAInit,
            types: [.notify, .securityAssociation, .keyExchange, .vendorID, .nonce, .notify, .notify, .vendorID]),
        Case(
            name: "IKE_SA_INIT without nonce", exchange: .ikeSAInit, types: [.securityAssociation, .keyExchange],
            fault: .missing(.nonce, .ikeSAInit)),
        Case(
            name: "IKE_SA_INIT with two SAs", exchange: .ikeSAInit,
            types: [.securityAssociation, .securityAssociation, .keyExchange, .nonce],
            fault: .tooMany(.securityAssociation, .ikeSAInit)),
        Case(
            name: "IKE_SA_INIT with an identity", exchange: .ikeSAInit,
            types: [.securityAssociation, .keyExchange, .nonce, .idInitiator], fault: .misplaced(.idInitiator, .ikeSAInit)),
        Case(name: "IKE_SA_INIT, empty", exchange: .ikeSAInit, types: [], fault: .missing(.securityAssociation, .ikeSAInit)),
        Case(
            name: "IKE_SA_INIT, notifies only", exchange: .ikeSAInit, types: [.notify],
            fault: .missing(.securityAssociation, .ikeSAInit)),
        Case(
            name: "IKE_SA_INIT request asks for no certificates", exchange: .ikeSAInit,
            types: [.securityAssociation, .keyExchange, .nonce, .certificateRequest],
            fault: .misplaced(.certificateRequest, .ikeSAInit)),
        Case(
            name: "IKE_SA_INIT response does", exchange: .ikeSAInit, isResponse: true,
            types: [.securityAssociation, .keyExchange, .nonce, .certificateRequest]),
        Case(name: "IKE_SA_INIT response with a cookie alone", exchange: .ikeSAInit, isResponse: true, types: [.notify]),
        Case(
            name: "IKE_AUTH", exchange: .ikeAuth,
            types: [.idInitiator, .certificate, .certificate, .certificateRequest, .idResponder, .authentication, .securityAssociation] + ts),
        Case(name: "IKE_AUTH without a CHILD_SA", exchange: .ikeAuth, types: [.idInitiator, .authentication]),
        Case(
            name: "IKE_AUTH, SA without selectors", exchange: .ikeAuth, types: [.idInitiator, .authentication, .securityAssociation],
            fault: .missing(.trafficSelectorInitiator, .ikeAuth)),
        Case(
            name: "IKE_AUTH, selectors without SA", exchange: .ikeAuth, types: [.idInitiator, .authentication] + ts,
            fault: .missing(.securityAssociation, .ikeAuth)),
        Case(
            name: "CREATE_CHILD_SA without TSr", exchange: .createChildSA,
            types: [.securityAssociation, .nonce, .trafficSelectorInitiator],
            fault: .missing(.trafficSelectorResponder, .createChildSA)),
        Case(name: "IKE_AUTH, later round", exchange: .ikeAuth, types: [.eap]),
        Case(name: "IKE_AUTH, two AUTH", exchange: .ikeAuth, types: [.authentication, .authentication], fault: .tooMany(.authentication, .ikeAuth)),
        Case(name: "IKE_AUTH, KE", exchange: .ikeAuth, types: [.idInitiator, .keyExchange], fault: .misplaced(.keyExchange, .ikeAuth)),
        Case(name: "IKE_AUTH, nonce", exchange: .ikeAuth, types: [.nonce], fault: .misplaced(.nonce, .ikeAuth)),
        Case(name: "IKE_AUTH, 33 certificates", exchange: .ikeAuth, types: Array(repeating: .certificate, count: 33), fault: .tooMany(.certificate, .ikeAuth)),
        Case(
            name: "IKE_AUTH response names no initiator", exchange: .ikeAuth, isResponse: true, types: [.idInitiator],
            fault: .misplaced(.idInitiator, .ikeAuth)),
        Case(name: "IKE_AUTH, SK inside SK", exchange: .ikeAuth, types: [.encrypted], fault: .misplaced(.encrypted, .ikeAuth)),
        Case(
            name: "CREATE_CHILD_SA for a child", exchange: .createChildSA,
            types: [.notify, .securityAssociation, .nonce, .keyExchange] + ts),
        Case(name: "CREATE_CHILD_SA for an IKE_SA", exchange: .createChildSA, types: [.securityAssociation, .nonce, .keyExchange]),
        Case(
            name: "CREATE_CHILD_SA without SA", exchange: .createChildSA, types: [.nonce],
            fault: .missing(.securityAssociation, .createChildSA)),
        Case(name: "CREATE_CHILD_SA response with an error", exchange: .createChildSA, isResponse: true, types: [.notify]),
        Case(
            name: "CREATE_CHILD_SA, delete", exchange: .createChildSA, types: [.securityAssociation, .nonce, .delete],
            fault: .misplaced(.delete, .createChildSA)),
        Case(name: "INFORMATIONAL, empty", exchange: .informational, types: []),
        Case(name: "INFORMATIONAL, deletes", exchange: .informational, types: [.delete, .delete, .notify, .configuration]),
        Case(name: "INFORMATIONAL, SA", exchange: .informational, types: [.securityAssociation], fault: .misplaced(.securityAssociation, .informational)),
        Case(name: "IKE_INTERMEDIATE", exchange: .ikeIntermediate, types: [.keyExchange]),
        Case(name: "IKE_FOLLOWUP_KE", exchange: .ikeFollowupKE, types: [.keyExchange, .notify]),
        Case(name: "unknown payloads are skipped", exchange: .informational, types: [PayloadType(rawValue: 99)]),
        Case(
            name: "an unknown exchange has no place for anything", exchange: ExchangeType(rawValue: 99), types: [.nonce],
            fault: .misplaced(.nonce, ExchangeType(rawValue: 99))),
    ]

    static func views(_ types: [PayloadType], critical: Bool = false) -> [PayloadView] {
        types.map { PayloadView(type: $0, isCritical: critical, body: .empty, next: .none) }
    }

    @Test("admits, or names the first broken rule", arguments: cases)
    func check(_ c: Case) {
        let result = Result { () throws(MessageFault) in
            try ExchangeRules.check(Self.views(c.types), exchange: c.exchange, isResponse: c.isResponse)
        }
        switch result {
        case .success: #expect(c.fault == nil)
        case .failure(let fault): #expect(fault == c.fault)
        }
    }

    @Test("an unknown payload that is critical comes before everything else (RFC 7296 §2.5)")
    func critical() {
        let unknown = PayloadType(rawValue: 99)
        let views = Self.views([.nonce, .nonce]) + Self.views([unknown], critical: true)
        #expect(throws: MessageFault.unsupportedCriticalPayload(unknown)) {
            try ExchangeRules.check(views, exchange: .informational, isResponse: false)
        }
    }

    @Test("the critical bit of a known payload is ignored")
    func knownCritical() throws {
        try ExchangeRules.check(Self.views([.delete], critical: true), exchange: .informational, isResponse: false)
    }

    @Test("a fault says what and where")
    func texts() {
        #expect(MessageFault.missing(.nonce, .ikeSAInit).description == "No payload missing in IKE_SA_INIT")
        #expect(
            MessageFault.syntax(.keyExchange, .badLength(offset: 4, value: 1)).description
                == "KE payload: impossible length 1 at offset 4")
    }
}
