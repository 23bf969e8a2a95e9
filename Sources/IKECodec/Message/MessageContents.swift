import Wire

/// The payloads of an IKEv2 message, decoded: what tasks read.
package struct MessageContents: Sendable {
    package var sa: SAPayload?
    package var ke: KEPayload?
    package var nonce: [UInt8]?
    package var idInitiator: IDPayload?
    package var idResponder: IDPayload?
    package var certificates: [CertificatePayload] = []
    package var certificateRequests: [CertificateRequestPayload] = []
    package var authentication: AuthenticationPayload?
    package var notifies: [NotifyPayload] = []
    package var deletes: [DeletePayload] = []
    package var tsInitiator: TSPayload?
    package var tsResponder: TSPayload?
    package var configuration: ConfigurationPayload?
    package var eap: [UInt8]?
    package var vendorIDs: [[UInt8]] = []
    /// Types in order, for the log.
    package var types: [PayloadType] = []

    package init() {}

    /// Decodes payloads that ``ExchangeRules`` has admitted.
    package init(_ payloads: [PayloadView], in message: borrowing RawSpan) throws(MessageFault) {
        for payload in payloads {
            types.append(payload.type)
            do {
                try read(payload, in: message)
            } catch {
                throw .syntax(payload.type, error)
            }
        }
    }

    private mutating func read(_ payload: PayloadView, in message: borrowing RawSpan) throws(CodecError) {
        var cursor = Cursor(payload.body)
        switch payload.type {
        case .securityAssociation: sa = try SAPayload(from: &cursor, in: message)
        case .keyExchange: ke = try KEPayload(from: &cursor, in: message)
        case .nonce: nonce = try Self.nonce(from: &cursor, in: message)
        case .idInitiator: idInitiator = try IDPayload(from: &cursor, in: message)
        case .idResponder: idResponder = try IDPayload(from: &cursor, in: message)
        case .certificate: certificates.append(try CertificatePayload(from: &cursor, in: message))
        case .certificateRequest:
            certificateRequests.append(try CertificateRequestPayload(from: &cursor, in: message))
        case .authentication: authentication = try AuthenticationPayload(from: &cursor, in: message)
        case .notify: notifies.append(try NotifyPayload(from: &cursor, in: message))
        case .delete: deletes.append(try DeletePayload(from: &cursor, in: message))
        case .trafficSelectorInitiator: tsInitiator = try TSPayload(from: &cursor, in: message)
        case .trafficSelectorResponder: tsResponder = try TSPayload(from: &cursor, in: message)
        case .configuration: configuration = try ConfigurationPayload(from: &cursor, in: message)
        case .eap: eap = try cursor.restBytes(in: message)
        case .vendorID: vendorIDs.append(try cursor.restBytes(in: message))
        default: break
        }
    }

    /// Nonces have 16 to 256 octets (RFC 7296 §3.9).
    private static func nonce(from cursor: inout Cursor, in message: borrowing RawSpan) throws(CodecError) -> [UInt8] {
        guard (16...256).contains(cursor.remaining) else {
            throw .badLength(offset: cursor.offset, value: cursor.remaining)
        }
        return try cursor.restBytes(in: message)
    }

    package func notify(_ type: NotifyType) -> NotifyPayload? { notifies.first { $0.type == type } }
    package func has(_ type: NotifyType) -> Bool { notify(type) != nil }
    /// Whether an internal address is wanted (RFC 7296 §3.15.1: INTERNAL_IP4_ADDRESS, INTERNAL_IP6_ADDRESS).
    package var asksForVirtualIP: Bool {
        configuration?.kind == .request && configuration?.attributes.contains { $0.type == 1 || $0.type == 8 } == true
    }
    package var errorNotify: NotifyPayload? { notifies.first { $0.type.isError } }

    /// `SA KE No N(NATD_S_IP)`: the payloads as charon's ENC log lists them.
    package var summary: String {
        var notifies = notifies.makeIterator()
        return types.map { type in
            type == .notify ? "N(\(notifies.next()?.type.shortName ?? "?"))" : type.description
        }.joined(separator: " ")
    }

    /// As charon writes it: `[ IDi AUTH ]`, and `[ ]` for a message without payloads.
    package static func bracketed(_ summary: String) -> String { summary.isEmpty ? "[ ]" : "[ \(summary) ]" }
}
