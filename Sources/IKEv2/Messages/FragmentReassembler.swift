import CryptoInterface
import IKECodec
import IKESA
import IPsecModel
import Wire

/// The peer's requests and its responses have message IDs of their own, and may be under way at the same time.
struct Reassembly {
    private var requests = FragmentReassembler()
    private var responses = FragmentReassembler()

    init() {}

    subscript(isResponse: Bool) -> FragmentReassembler {
        get { isResponse ? responses : requests }
        set { if isResponse { responses = newValue } else { requests = newValue } }
    }
}

/// Collects the fragments of one message (RFC 7383 §2.6). Fragments are authenticated before they come here, so the
/// peer alone can fill the buffer, and only up to the limit.
struct FragmentReassembler {
    private var messageID: MessageID?
    private var total: UInt16 = 0
    private var first: PayloadType = .none
    private var parts: [UInt16: [UInt8]] = [:]
    private var size = 0

    init() {}

    var isEmpty: Bool { parts.isEmpty }

    enum Outcome: Equatable {
        case incomplete
        /// A fragment that was there already, or of an older set.
        case duplicate
        /// Without content, or one of more than a message of ours could have.
        case refused
        /// Larger than `max_packet`.
        case tooLarge
        case complete(first: PayloadType, bytes: [UInt8])
    }

    /// Adds an opened fragment.
    mutating func add(
        _ header: EncryptedFragmentHeader, messageID: MessageID, innerType: PayloadType, bytes: [UInt8], limit: Int
    ) -> Outcome {
        // Whoever has exchanged keys can send these, authenticated or not: each must bring the message on.
        guard header.total <= MessageSealer.fragmentLimit, !bytes.isEmpty else { return .refused }
        // A peer that saw no answer may cut the message again into more and smaller pieces: those replace the old.
        if self.messageID != messageID || header.total > total {
            reset()
            self.messageID = messageID
            total = header.total
        }
        guard header.total == total, parts[header.number] == nil else { return .duplicate }
        guard size + bytes.count <= limit else {
            reset()
            return .tooLarge
        }
        if header.number == 1 { first = innerType }
        parts[header.number] = bytes
        size += bytes.count
        guard parts.count == Int(total) else { return .incomplete }
        var whole: [UInt8] = []
        whole.reserveCapacity(size)
        for number in 1...total { whole += parts[number] ?? [] }
        let result = Outcome.complete(first: first, bytes: whole)
        reset()
        return result
    }

    mutating func reset() { self = FragmentReassembler() }
}
