import Wire

/// Bytes that configurations carry as text: base64, PEM, raw public keys.
enum Encoded {
    /// RFC 4648 base64; blanks and line ends may stand anywhere. `nil` for any other character or a wrong length.
    static func base64(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for byte in text {
            let value: UInt32
            switch byte {
            case 65...90: value = UInt32(byte - 65)
            case 97...122: value = UInt32(byte - 71)
            case 48...57: value = UInt32(byte + 4)
            case 43: value = 62
            case 47: value = 63
            case 61:
                padding += 1
                continue
            case 9, 10, 13, 32: continue
            default: return nil
            }
            guard padding == 0 else { return nil }
            bits = bits << 6 | value
            count += 1
            if count % 4 == 0 {
                result += [
                    UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 8),
                    UInt8(truncatingIfNeeded: bits),
                ]
                bits = 0
            }
        }
        switch (count % 4, padding) {
        case (0, 0): break
        case (2, 0), (2, 2): result.append(UInt8(truncatingIfNeeded: bits >> 4))
        case (3, 0), (3, 1): result += [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
        default: return nil
        }
        return result
    }

    /// DER of the first PEM block with one of the labels, or the bytes themselves where they are DER already.
    static func der(_ bytes: [UInt8], labels: [String]) -> [UInt8]? { all(bytes, labels: labels).first }

    /// DER of every PEM block with one of the labels; one element where the bytes are DER already.
    static func all(_ bytes: [UInt8], labels: [String]) -> [[UInt8]] {
        if bytes.first == 0x30 { return [bytes] }
        var blocks: [[UInt8]] = []
        var label: String?
        var body: [UInt8] = []
        for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("-----BEGIN "), text.hasSuffix("-----") {
                label = String(text.dropFirst(11).dropLast(5))
                body = []
            } else if text.hasPrefix("-----END ") {
                if let label, labels.contains(label), let der = base64(body), !der.isEmpty { blocks.append(der) }
                label = nil
            } else if label != nil {
                body += line
            }
        }
        return blocks
    }

    static func certificates(_ bytes: [UInt8]) -> [[UInt8]] {
        all(bytes, labels: ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"])
    }

    static func publicKey(_ bytes: [UInt8]) -> [UInt8]? { der(bytes, labels: ["PUBLIC KEY"]) }

    /// SubjectPublicKeyInfo of an RSA key as DNSKEY records carry it (RFC 3110 §2).
    static func rsaPublicKey(dns bytes: [UInt8]) -> [UInt8]? {
        guard let first = bytes.first else { return nil }
        let header = first == 0 ? 3 : 1
        guard bytes.count > header else { return nil }
        let length = first == 0 ? Int(bytes[1]) << 8 | Int(bytes[2]) : Int(first)
        guard length > 0, bytes.count > header + length else { return nil }
        let key = sequence(
            integer(Array(bytes[(header + length)...])) + integer(Array(bytes[header..<(header + length)])))
        let algorithm: [UInt8] = [
            0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
        ]
        return sequence(algorithm + element(0x03, [0] + key))
    }

    private static func integer(_ magnitude: [UInt8]) -> [UInt8] {
        var digits = Array(magnitude.drop { $0 == 0 })
        if digits.isEmpty || digits[0] >= 0x80 { digits.insert(0, at: 0) }
        return element(0x02, digits)
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var length: [UInt8] = []
        var rest = content.count
        repeat {
            length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        } while rest > 0
        if content.count >= 0x80 { length.insert(0x80 | UInt8(length.count), at: 0) }
        return [tag] + length + content
    }
}
