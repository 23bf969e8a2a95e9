import Wire

/// An X.501 name: relative distinguished names in order, each a set of attributes, nearly always of one.
///
/// Two names are equal where their attributes agree in order; text is compared without regard to the case of ASCII
/// letters and to which of ASN.1's string types holds it (RFC 5280 §7.1, without its white space rules).
package struct DistinguishedName: Sendable {
    package struct Attribute: Sendable {
        /// Content of the OBJECT IDENTIFIER.
        package var type: [UInt8]
        package var tag: UInt8
        package var value: [UInt8]

        package init(type: [UInt8], tag: UInt8, value: [UInt8]) {
            self.type = type
            self.tag = tag
            self.value = value
        }

        package var typeName: String { AttributeType.name(type) }
        /// The value as text; `nil` for types other than strings and for octets that their type forbids.
        package var text: String? { StringValue.decode(tag, value) }
    }

    package var relativeNames: [[Attribute]]

    package init(relativeNames: [[Attribute]]) { self.relativeNames = relativeNames }

    /// Values of the attributes with this short name, in order (`CN`).
    package func values(_ typeName: String) -> [String] {
        relativeNames.joined().filter { $0.typeName == typeName }.compactMap(\.text)
    }
}

// MARK: - DER

extension DistinguishedName {
    //  RDNSequence ::= SEQUENCE OF SET OF SEQUENCE { OBJECT IDENTIFIER, value }

    /// Reads the DER of a Name; `nil` if it is none.
    package init?(der: [UInt8]) {
        guard let body = DER.content(DER.Tag.sequence, of: der) else { return nil }
        var names = DER.Reader(body)
        relativeNames = []
        while !names.isAtEnd {
            guard let set = names.next(DER.Tag.set), let attributes = Self.attributes(set) else { return nil }
            relativeNames.append(attributes)
        }
    }

    private static func attributes(_ set: ArraySlice<UInt8>) -> [Attribute]? {
        var reader = DER.Reader(set)
        var attributes: [Attribute] = []
        while !reader.isAtEnd {
            guard let pair = reader.next(DER.Tag.sequence) else { return nil }
            var fields = DER.Reader(pair)
            guard let type = fields.next(DER.Tag.objectIdentifier), let value = fields.next(), fields.isAtEnd else {
                return nil
            }
            attributes.append(Attribute(type: Array(type), tag: value.tag, value: Array(value.content)))
        }
        return attributes.isEmpty ? nil : attributes
    }

    package var der: [UInt8] {
        let sets = relativeNames.map { attributes in
            // DER sorts the elements of a set.
            let elements = attributes.map { attribute in
                DER.element(
                    DER.Tag.sequence,
                    DER.element(DER.Tag.objectIdentifier, attribute.type)
                        + DER.element(attribute.tag, attribute.value))
            }
            return DER.element(DER.Tag.set, elements.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 })
        }
        return DER.element(DER.Tag.sequence, sets.flatMap { $0 })
    }
}

// MARK: - Text

extension DistinguishedName {
    /// Reads `C=CH, O="Example, Inc.", CN=moon` or `/C=CH/O=Example/CN=moon`.
    ///
    /// Attribute types are short names of any case or dotted decimal. A value may stand in double quotes; a backslash
    /// takes the character behind it as it is. Text that begins with a slash is separated by slashes, other text by
    /// commas, or by slashes where it has no comma. `nil` where it is no name.
    package init?(text: String) {
        let text = text.drop(while: \.isWhitespace)
        let usesSlash = text.first == "/" || !text.contains(",") && Self.looksLikeSlashes(text)
        guard let parts = Self.split(text, at: usesSlash ? "/" : ",") else { return nil }
        relativeNames = []
        for part in parts where !part.isEmpty {
            guard let attribute = Self.attribute(part) else { return nil }
            relativeNames.append([attribute])
        }
        if relativeNames.isEmpty { return nil }
    }

    /// Whether every piece between slashes is an assignment: a URL in a value has slashes that are none.
    private static func looksLikeSlashes(_ text: Substring) -> Bool {
        text.split(separator: "/").allSatisfy { piece in
            guard let equals = piece.firstIndex(of: "=") else { return false }
            return AttributeType.oid(trimmed(piece[..<equals])) != nil
        }
    }

    /// Cuts at separators outside quotes, keeping quotes and escapes; `nil` where a quote stays open.
    private static func split(_ text: Substring, at separator: Character) -> [Substring]? {
        var parts: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            if isEscaped {
                isEscaped = false
            } else if text[index] == "\\" {
                isEscaped = true
            } else if text[index] == "\"" {
                isQuoted.toggle()
            } else if text[index] == separator, !isQuoted {
                parts.append(trimmed(text[start..<index]))
                start = text.index(after: index)
            }
        }
        guard !isQuoted, !isEscaped else { return nil }
        return parts + [trimmed(text[start...])]
    }

    private static func attribute(_ part: Substring) -> Attribute? {
        guard let equals = part.firstIndex(of: "="), let type = AttributeType.oid(trimmed(part[..<equals])) else {
            return nil
        }
        let value = unescaped(trimmed(part[part.index(after: equals)...]))
        let encoded = StringValue.encode(value, for: type)
        return Attribute(type: type, tag: encoded.tag, value: encoded.octets)
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped || character != "\\" && character != "\"" {
                result.append(character)
                isEscaped = false
            } else {
                isEscaped = character == "\\"
            }
        }
        return result
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}

extension DistinguishedName: CustomStringConvertible {
    /// `C=CH, O=strongSwan, CN=moon`; characters that would end a value are escaped, so that a value cannot pose as a
    /// further attribute, and what cannot be printed is a question mark.
    package var description: String {
        relativeNames.map { attributes in
            attributes.map { "\($0.typeName)=\(Self.printable($0))" }.joined(separator: "+")
        }.joined(separator: ", ")
    }

    private static func printable(_ attribute: Attribute) -> String {
        guard let text = attribute.text else { return "#" + hexadecimal(attribute.value) }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case ",", "\"", "\\": result += "\\" + String(scalar)
            case _ where scalar.properties.generalCategory == .control: result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
