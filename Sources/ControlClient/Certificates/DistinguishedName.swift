/// Shows X.500 names: `C=CH, O=Example, CN=moon`, in the order of the certificate.
enum DistinguishedName {
    private static let names = [
        "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
        "2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "T", "2.5.4.13": "D",
        "2.5.4.17": "postalCode", "2.5.4.41": "N", "2.5.4.42": "G", "2.5.4.43": "I", "2.5.4.46": "dnQualifier",
        "2.5.4.65": "pseudonym", "1.2.840.113549.1.9.1": "E", "1.2.840.113549.1.9.2": "unstructuredName",
        "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
    ]

    private static let bmpString: UInt8 = 0x1e

    /// - Parameter name: the SEQUENCE of relative names.
    static func text(_ name: DERReader.Element) -> String {
        name.elements.flatMap(\.elements).compactMap { attribute in
            var reader = attribute.reader
            guard let identifier = reader.next()?.objectIdentifier, let value = reader.next() else { return nil }
            return "\(names[identifier] ?? identifier)=\(DisplayText.clean(text(of: value)))"
        }.joined(separator: ", ")
    }

    private static func text(of value: DERReader.Element) -> String {
        guard value.tag == bmpString else { return String(decoding: value.content, as: UTF8.self) }
        let bytes = Array(value.content)
        let units = stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        return String(decoding: units, as: UTF16.self)
    }
}
