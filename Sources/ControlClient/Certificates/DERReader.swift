/// Walks DER (X.690) and checks every length. Used to show certificates; nothing is trusted because of it.
struct DERReader {
    struct Element {
        var tag: UInt8
        /// The content.
        var content: ArraySlice<UInt8>
        /// Tag, length and content.
        var whole: ArraySlice<UInt8>
    }

    enum Tag {
        static let boolean: UInt8 = 0x01
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let objectIdentifier: UInt8 = 0x06
        static let utcTime: UInt8 = 0x17
        static let generalizedTime: UInt8 = 0x18
        static let sequence: UInt8 = 0x30
        static let set: UInt8 = 0x31
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The tag that comes next; nil at the end.
    var nextTag: UInt8? { rest.first }

    /// The next element; nil at the end and when it does not fit.
    mutating func next() -> Element? {
        var bytes = rest
        guard let tag = bytes.popFirst(), tag & 0x1f != 0x1f, let length = DERReader.length(&bytes),
            length <= bytes.count
        else { return nil }
        let content = bytes.prefix(length)
        let whole = rest[rest.startIndex..<content.endIndex]
        rest = rest[content.endIndex...]
        return Element(tag: tag, content: content, whole: whole)
    }

    /// The next element if it has this tag.
    mutating func next(_ tag: UInt8) -> Element? {
        nextTag == tag ? next() : nil
    }

    private static func length(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.popFirst() else { return nil }
        guard first & 0x80 != 0 else { return Int(first) }
        let count = Int(first & 0x7f)
        guard (1...4).contains(count), bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
    }
}

extension DERReader.Element {
    var reader: DERReader { DERReader(content) }

    /// The elements inside.
    var elements: [DERReader.Element] {
        var reader = reader
        var elements: [DERReader.Element] = []
        while let element = reader.next() { elements.append(element) }
        return elements
    }

    /// An object identifier in dotted form.
    var objectIdentifier: String? {
        guard tag == DERReader.Tag.objectIdentifier, !content.isEmpty else { return nil }
        var arcs: [UInt64] = []
        var arc: UInt64 = 0
        for byte in content {
            guard arc < 1 << 56 else { return nil }
            arc = arc << 7 | UInt64(byte & 0x7f)
            if byte & 0x80 == 0 {
                arcs.append(arc)
                arc = 0
            }
        }
        guard let first = arcs.first else { return nil }
        let top = min(first / 40, 2)
        return ([top, first - 40 * top] + arcs.dropFirst()).map(String.init).joined(separator: ".")
    }
}
