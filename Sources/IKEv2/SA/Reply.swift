import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// The response that is being written, and what happens once it is sent.
struct Reply {
    var message = PayloadWriter()
    /// The IKE_SA ends when the response is out; the sentence says why.
    var closing: String?
    var afterwards: [(inout Turn) -> Void] = []

    init() {}

    var isInvalidSyntax: Bool { message.notifies.contains(.invalidSyntax) }

    /// Adds an error notify.
    mutating func refuse(
        _ type: NotifyType, protocolID: SecurityProtocol? = nil, spi: [UInt8] = [], data: [UInt8] = []
    ) {
        message.add(NotifyPayload(type, protocolID: protocolID, spi: spi, data: data))
    }
}

extension PayloadWriter {
    mutating func add(_ notify: NotifyPayload) {
        add(.notify) { notify.write(to: &$0) }
        notifies.append(notify.type)
    }

    mutating func add(_ type: NotifyType, data: [UInt8] = []) {
        add(NotifyPayload(type, data: data))
    }

    /// `SA KE No N(NATD_S_IP)`, as charon's ENC log lists payloads.
    var summary: String {
        var notifies = notifies.makeIterator()
        return types.map { type in
            type == .notify ? "N(\(notifies.next()?.shortName ?? "?"))" : type.description
        }.joined(separator: " ")
    }
}
