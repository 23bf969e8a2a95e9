/// What is wrong with a sequence of bytes, whoever sent it.
///
/// Offsets count from the first byte of the message that is being read.
package enum CodecError: Error, Equatable, Sendable {
    /// `needed` bytes were wanted at `offset`, `available` were left.
    case truncated(offset: Int, needed: Int, available: Int)
    /// A length field at `offset` says `value`, which cannot be true.
    case badLength(offset: Int, value: Int)
    /// Bytes were left over behind the last field.
    case trailingBytes(offset: Int, count: Int)
    /// A field at `offset` holds a value that the format forbids.
    case badValue(field: String, offset: Int, value: UInt64)
    /// More elements than the reader accepts.
    case tooMany(what: String, limit: Int)
}

extension CodecError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let offset, let needed, let available):
            "\(needed) bytes needed at offset \(offset), \(available) left"
        case .badLength(let offset, let value):
            "impossible length \(value) at offset \(offset)"
        case .trailingBytes(let offset, let count):
            "\(count) bytes left over at offset \(offset)"
        case .badValue(let field, let offset, let value):
            "\(field) is \(value) at offset \(offset)"
        case .tooMany(let what, let limit):
            "more than \(limit) \(what)"
        }
    }
}
