/// Kind, size and identifiers of a public key (SubjectPublicKeyInfo, RFC 5280 §4.1.2.7).
struct PublicKeySummary: Equatable {
    /// `RSA 2048 bits`
    var description: String
    /// SHA-1 of the whole structure.
    var keyIdentifier: [UInt8]
    /// SHA-1 of the key alone.
    var subjectKeyIdentifier: [UInt8]

    /// Nil when the bytes are no such structure.
    init?(_ info: DERReader.Element) {
        var reader = info.reader
        guard info.tag == DERReader.Tag.sequence, var algorithm = reader.next(DERReader.Tag.sequence)?.reader,
            let identifier = algorithm.next()?.objectIdentifier,
            let bits = reader.next(DERReader.Tag.bitString)?.content, bits.first == 0
        else { return nil }
        let key = bits.dropFirst()
        description = PublicKeySummary.describe(identifier, key)
        keyIdentifier = SHA1.digest(Array(info.whole))
        subjectKeyIdentifier = SHA1.digest(Array(key))
    }

    private static func describe(_ identifier: String, _ key: ArraySlice<UInt8>) -> String {
        switch identifier {
        case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10": "RSA \(modulusBits(key)) bits"
        case "1.2.840.10045.2.1": "ECDSA \(fieldBits(key)) bits"
        case "1.3.101.112": "ED25519 256 bits"
        case "1.3.101.113": "ED448 456 bits"
        case "2.16.840.1.101.3.4.3.17": "ML-DSA-44"
        case "2.16.840.1.101.3.4.3.18": "ML-DSA-65"
        case "2.16.840.1.101.3.4.3.19": "ML-DSA-87"
        default: "algorithm \(identifier)"
        }
    }

    private static func modulusBits(_ key: ArraySlice<UInt8>) -> Int {
        var reader = DERReader(key)
        guard var inner = reader.next(DERReader.Tag.sequence)?.reader,
            let modulus = inner.next(DERReader.Tag.integer)?.content.drop(while: { $0 == 0 }), let first = modulus.first
        else { return 0 }
        return modulus.count * 8 - first.leadingZeroBitCount
    }

    /// The point holds two coordinates when it is uncompressed, one otherwise.
    private static func fieldBits(_ key: ArraySlice<UInt8>) -> Int {
        let bits = (key.count - 1) * 8 / (key.first == 4 ? 2 : 1)
        return bits == 528 ? 521 : bits
    }
}
