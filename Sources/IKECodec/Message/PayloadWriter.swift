package import Wire

/// Builds a chain of payloads; generic headers and lengths are filled in as payloads are added.
package struct PayloadWriter: Sendable {
    /// Type of the first payload: what the header in front of the chain must name.
    package private(set) var first: PayloadType = .none
    package private(set) var writer: ByteWriter
    /// Offset of the "next payload" field of the last payload.
    private var lastNextField: Int?
    /// Payloads so far, for the log.
    package private(set) var types: [PayloadType] = []
    /// Notify types so far, for the log; kept by whoever adds notifies.
    package var notifies: [NotifyType] = []

    package init(reserving capacity: Int = 512) { writer = ByteWriter(reserving: capacity) }

    package var bytes: [UInt8] { writer.bytes }
    package var count: Int { writer.count }

    /// Adds a payload whose body `body` writes.
    package mutating func add(_ type: PayloadType, critical: Bool = false, _ body: (inout ByteWriter) -> Void) {
        if let field = lastNextField {
            writer.patch8(type.rawValue, at: field)
        } else {
            first = type
        }
        let start = writer.count
        lastNextField = start
        writer.u8(PayloadType.none.rawValue)
        writer.u8(critical ? 0x80 : 0)
        writer.u16(0)
        body(&writer)
        writer.patch16(writer.count - start, at: start + 2)
        types.append(type)
    }
}
