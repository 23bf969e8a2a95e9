/// The little of ASN.1's distinguished encoding that names and algorithm identifiers need (X.690).
package enum DER {
    package enum Tag {
        package static let integer: UInt8 = 0x02
        package static let null: UInt8 = 0x05
        package static let objectIdentifier: UInt8 = 0x06
        package static let utf8String: UInt8 = 0x0c
        package static let printableString: UInt8 = 0x13
        package static let teletexString: UInt8 = 0x14
        package static let ia5String: UInt8 = 0x16
        package static let universalString: UInt8 = 0x1c
        package static let bmpString: UInt8 = 0x1e
        package static let sequence: UInt8 = 0x30
        package static let set: UInt8 = 0x31
    }

    /// Tag, length, content.
    package static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        var octets: [UInt8] = []
        var rest = count
        while rest > 0 {
            octets.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(octets.count)] + octets
    }

    /// Reads elements one after another; definite lengths only, at most 2^24 octets.
    package struct Reader {
        private var rest: ArraySlice<UInt8>

        package init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

        package var isAtEnd: Bool { rest.isEmpty }

        /// The tag of the next element.
        package var tag: UInt8? { rest.first }

        /// The next element; `nil` where there is none or it is malformed, and then nothing is consumed.
        package mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
            guard let tag = rest.first, tag & 0x1f != 0x1f, let size = sizes() else { return nil }
            let start = rest.startIndex + size.header
            let content = rest[start..<start + size.content]
            rest = rest[(start + size.content)...]
            return (tag, content)
        }

        /// The content of the next element if it has this tag; nothing is consumed if not.
        package mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
            guard rest.first == tag else { return nil }
            return next()?.content
        }

        /// Octets of tag and length, and of the content; `nil` unless all of them are there.
        private func sizes() -> (header: Int, content: Int)? {
            guard rest.count >= 2 else { return nil }
            let first = rest[rest.startIndex + 1]
            if first < 0x80 {
                return rest.count - 2 >= Int(first) ? (2, Int(first)) : nil
            }
            let octets = Int(first & 0x7f)
            guard (1...3).contains(octets), rest.count >= 2 + octets else { return nil }
            let content = rest[(rest.startIndex + 2)..<(rest.startIndex + 2 + octets)].reduce(0) { $0 << 8 | Int($1) }
            return rest.count - 2 - octets >= content ? (2 + octets, content) : nil
        }
    }

    /// The content of the one element that `bytes` consists of, if it has this tag.
    package static func content(_ tag: UInt8, of bytes: some Sequence<UInt8>) -> ArraySlice<UInt8>? {
        var reader = Reader(bytes)
        guard let content = reader.next(tag), reader.isAtEnd else { return nil }
        return content
    }
}
