internal import Glibc

/// What a listing shows of a certificate's extensions (RFC 5280 §4.2).
struct X509Extensions {
    var isAuthority = false
    var pathLength: Int?
    var signsCRLs = false
    var alternativeNames: [String] = []
    /// Names of extended key usages, in the order of listings.
    var usages: [String] = []
    var policies: [String] = []
    var crlURIs: [String] = []
    var ocspURIs: [String] = []
    var authorityKeyIdentifier: [UInt8]?
    var subjectKeyIdentifier: [UInt8]?

    private static let usageNames = [
        ("1.3.6.1.5.5.7.3.9", "ocspSigning"), ("1.3.6.1.5.5.7.3.1", "serverAuth"),
        ("1.3.6.1.5.5.7.3.2", "clientAuth"), ("1.3.6.1.5.5.8.2.2", "ikeIntermediate"),
        ("1.3.6.1.4.1.311.20.2.2", "msSmartcardLogon"),
    ]

    init() {}

    /// - Parameter list: the SEQUENCE of extensions.
    init(_ list: DERReader.Element) {
        for item in list.elements {
            var reader = item.reader
            guard let identifier = reader.next()?.objectIdentifier else { continue }
            _ = reader.next(DERReader.Tag.boolean)  // critical
            guard var inner = reader.next(DERReader.Tag.octetString)?.reader, let value = inner.next() else { continue }
            read(identifier, value)
        }
    }

    private mutating func read(_ identifier: String, _ value: DERReader.Element) {
        switch identifier {
        case "2.5.29.14": subjectKeyIdentifier = Array(value.content)
        case "2.5.29.15": signsCRLs = (value.content.dropFirst().first ?? 0) & 0x02 != 0
        case "2.5.29.17": alternativeNames = value.elements.compactMap(X509Extensions.generalName)
        case "2.5.29.19": readBasicConstraints(value)
        case "2.5.29.31":
            // SEQUENCE OF { [0] { [0] GeneralNames } }
            crlURIs = value.elements.flatMap { $0.elements.prefix(1) }.flatMap(\.elements).flatMap(\.elements)
                .compactMap(X509Extensions.generalName)
        case "2.5.29.32": policies = value.elements.compactMap { $0.elements.first?.objectIdentifier }
        case "2.5.29.35": authorityKeyIdentifier = value.elements.first { $0.tag == 0x80 }.map { Array($0.content) }
        case "2.5.29.37":
            let present = Set(value.elements.compactMap(\.objectIdentifier))
            usages = X509Extensions.usageNames.filter { present.contains($0.0) }.map(\.1)
        case "1.3.6.1.5.5.7.1.1":
            ocspURIs = value.elements.map(\.elements)
                .filter { $0.first?.objectIdentifier == "1.3.6.1.5.5.7.48.1" && $0.count == 2 }
                .compactMap { X509Extensions.generalName($0[1]) }
        default: break
        }
    }

    private mutating func readBasicConstraints(_ value: DERReader.Element) {
        var reader = value.reader
        isAuthority = reader.next(DERReader.Tag.boolean)?.content.first.map { $0 != 0 } ?? false
        pathLength = reader.next(DERReader.Tag.integer)?.content.first.map(Int.init)
    }

    private static func generalName(_ name: DERReader.Element) -> String? {
        switch name.tag {
        case 0x81, 0x82, 0x86: DisplayText.clean(Array(name.content))
        case 0xa4: name.elements.first.map(DistinguishedName.text)
        case 0x87: address(Array(name.content))
        default: nil
        }
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
