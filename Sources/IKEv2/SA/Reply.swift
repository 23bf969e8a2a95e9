package import IKECodec
package import IKESA
package import IPsecModel

/// The response that is being written, and what happens once it is sent.
package struct Reply {
    package var message = PayloadWriter()
    /// The IKE_SA ends when the response is out; the sentence says why.
    package var closing: String?
    package var afterwards: [(inout Turn) -> Void] = []

    package init() {}

    /// Adds an error notify.
    package mutating func refuse(
        _ type: NotifyType, protocolID: SecurityProtocol? = nil, spi: [UInt8] = [], data: [UInt8] = []
    ) {
        message.add(NotifyPayload(type, protocolID: protocolID, spi: spi, data: data))
    }
}

extension PayloadWriter {
    package mutating func add(_ notify: NotifyPayload) {
        add(.notify) { notify.write(to: &$0) }
        notifies.append(notify.type)
    }

    package mutating func add(_ type: NotifyType, data: [UInt8] = []) {
        add(NotifyPayload(type, data: data))
    }

    /// `SA KE No N(NATD_S_IP)`, as charon's ENC log lists payloads.
    package var summary: String {
        var notifies = notifies.makeIterator()
        return types.map { type in
            type == .notify ? "N(\(notifies.next()?.shortName ?? "?"))" : type.description
        }.joined(separator: " ")
    }
}
