/// The attribute types of distinguished names that have a short name (X.520, RFC 4519, PKCS #9).
enum AttributeType {
    /// The name that is printed for the content of an OBJECT IDENTIFIER; dotted decimal where it has none.
    static func name(_ oid: [UInt8]) -> String {
        printed[oid] ?? dotted(oid) ?? "?"
    }

    /// The content of the OBJECT IDENTIFIER for a name of any case, or for dotted decimal.
    static func oid(_ name: some StringProtocol) -> [UInt8]? {
        named[name.lowercased()] ?? encode(dotted: name)
    }

    static let country = x520 + [6]
    static let email: [UInt8] = pkcs9 + [1]
    static let domainComponent: [UInt8] = pilot + [25]

    private static let x520: [UInt8] = [0x55, 4]
    private static let pkcs9: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9]
    /// 0.9.2342.19200300.100.1
    private static let pilot: [UInt8] = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1]

    /// The first name of an attribute is the one that is printed. `SN` is the surname, as charon 5.9 reads it.
    private static let names: [(oid: [UInt8], names: [String])] = [
        (x520 + [3], ["CN", "commonName"]), (x520 + [4], ["SN", "surname", "S"]), (x520 + [5], ["serialNumber"]),
        (x520 + [6], ["C", "countryName"]), (x520 + [7], ["L", "localityName"]),
        (x520 + [8], ["ST", "stateOrProvinceName"]), (x520 + [9], ["STREET", "streetAddress"]),
        (x520 + [10], ["O", "organizationName"]), (x520 + [11], ["OU", "organizationalUnitName"]),
        (x520 + [12], ["T", "title"]), (x520 + [13], ["D", "description"]), (x520 + [15], ["businessCategory"]),
        (x520 + [17], ["postalCode"]), (x520 + [41], ["N", "name"]), (x520 + [42], ["G", "givenName"]),
        (x520 + [43], ["I", "initials"]), (x520 + [45], ["ID", "x500UniqueIdentifier"]),
        (x520 + [46], ["dnQualifier"]), (x520 + [65], ["pseudonym"]),
        (pkcs9 + [1], ["E", "Email", "emailAddress"]), (pkcs9 + [2], ["unstructuredName", "UN"]),
        (pkcs9 + [8], ["unstructuredAddress", "UA"]),
        (pilot + [1], ["UID", "userId"]), (pilot + [25], ["DC", "domainComponent"]),
        ([0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 3, 1, 3], ["employeeNumber", "EN"]),
    ]

    private static let printed: [[UInt8]: String] = Dictionary(
        names.map { ($0.oid, $0.names[0]) }, uniquingKeysWith: { first, _ in first })

    private static let named: [String: [UInt8]] = Dictionary(
        names.flatMap { entry in entry.names.map { ($0.lowercased(), entry.oid) } },
        uniquingKeysWith: { first, _ in first })

    // MARK: Dotted decimal

    private static func dotted(_ oid: [UInt8]) -> String? {
        var arcs: [UInt64] = []
        var value: UInt64 = 0
        var isInside = false
        for octet in oid {
            guard value < 1 << 56 else { return nil }
            value = value << 7 | UInt64(octet & 0x7f)
            isInside = octet & 0x80 != 0
            if isInside { continue }
            if arcs.isEmpty {
                let first = min(value / 40, 2)
                arcs += [first, value - 40 * first]
            } else {
                arcs.append(value)
            }
            value = 0
        }
        return isInside || arcs.isEmpty ? nil : arcs.map(String.init).joined(separator: ".")
    }

    private static func encode(dotted text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let arcs = parts.compactMap { UInt32($0) }
        guard arcs.count == parts.count, arcs.count >= 2, arcs.count <= 32, arcs[0] <= 2,
            arcs[0] == 2 || arcs[1] < 40
        else { return nil }
        let first = UInt64(arcs[0]) * 40 + UInt64(arcs[1])
        return ([first] + arcs.dropFirst(2).map(UInt64.init)).flatMap(base128)
    }

    private static func base128(_ value: UInt64) -> [UInt8] {
        var octets = [UInt8(truncatingIfNeeded: value & 0x7f)]
        var rest = value >> 7
        while rest > 0 {
            octets.insert(UInt8(truncatingIfNeeded: rest & 0x7f) | 0x80, at: 0)
            rest >>= 7
        }
        return octets
    }
}
