/// ASN.1's character strings.
enum StringValue {
    /// The narrowest type for the value: IA5String for electronic mail and domain components (PKCS #9, RFC 4519),
    /// PrintableString where its characters suffice, UTF8String otherwise.
    static func encode(_ text: String, for type: [UInt8]) -> (tag: UInt8, octets: [UInt8]) {
        let octets = Array(text.utf8)
        let isASCII = octets.allSatisfy { $0 < 0x80 }
        if isASCII, type == AttributeType.email || type == AttributeType.domainComponent {
            return (DER.Tag.ia5String, octets)
        }
        return (octets.allSatisfy(isPrintable) ? DER.Tag.printableString : DER.Tag.utf8String, octets)
    }

    static func decode(_ tag: UInt8, _ octets: [UInt8]) -> String? {
        switch tag {
        case DER.Tag.utf8String: String(validating: octets, as: UTF8.self)
        case DER.Tag.printableString, DER.Tag.ia5String, numericString, visibleString:
            octets.allSatisfy { $0 < 0x80 } ? String(decoding: octets, as: UTF8.self) : nil
        // Written as Latin-1 by everybody, whatever T.61 says.
        case DER.Tag.teletexString: String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
        case DER.Tag.bmpString: wide(octets, width: 2)
        case DER.Tag.universalString: wide(octets, width: 4)
        default: nil
        }
    }

    private static let numericString: UInt8 = 0x12
    private static let visibleString: UInt8 = 0x1a

    private static func wide(_ octets: [UInt8], width: Int) -> String? {
        guard octets.count % width == 0 else { return nil }
        var scalars = String.UnicodeScalarView()
        for start in stride(from: 0, to: octets.count, by: width) {
            let value = octets[start..<start + width].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard let scalar = Unicode.Scalar(value) else { return nil }
            scalars.append(scalar)
        }
        return String(scalars)
    }

    /// X.680 §41.4: letters, digits, space and ' ( ) + , - . / : = ?
    private static func isPrintable(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x41...0x5a, 0x61...0x7a, 0x30...0x39, 0x20, 0x27...0x29, 0x2b...0x2f, 0x3a, 0x3d, 0x3f: true
        default: false
        }
    }
}
