import COpenSSL
package import CryptoInterface
package import IPsecModel

/// A certificate revocation list (RFC 5280 §5).
package final class RevocationList {
    private let pointer: OpaquePointer
    package let der: [UInt8]
    /// Keys under which the signature was found to be good.
    private var goodIssuers: Set<[UInt8]> = []

    private init(_ pointer: OpaquePointer, der: [UInt8]) {
        self.pointer = pointer
        self.der = der
    }

    /// Reads DER or PEM.
    package convenience init(data: [UInt8]) throws(CredentialError) {
        let pem = data.withUnsafeBytes { octets in
            isPEM(octets) ? withMemoryBIO(octets) { PEM_read_bio_X509_CRL($0, nil, answerPassphrase, nil) } : nil
        }
        ERR_clear_error()
        if let pem {
            self.init(pem, der: encoded { i2d_X509_CRL(pem, $0) })
        } else if let list = decoded(data, { d2i_X509_CRL(nil, $0, $1) }, free: X509_CRL_free) {
            self.init(list, der: data)
        } else {
            throw .unreadable("no certificate revocation list")
        }
    }

    deinit { X509_CRL_free(pointer) }

    package private(set) lazy var issuer = Certificate.identity(X509_CRL_get_issuer(pointer))
    package private(set) lazy var thisUpdate: Int64 = seconds(X509_CRL_get0_lastUpdate(pointer)) ?? .max
    /// When the next list is due; a list that does not say is always in time.
    package private(set) lazy var nextUpdate: Int64 = {
        guard let time = X509_CRL_get0_nextUpdate(pointer) else { return .max }
        return seconds(time) ?? .min
    }()
    /// Counts up with each list of an issuer (RFC 5280 §5.2.3); without leading zeroes, empty where the list has none.
    private(set) lazy var number: [UInt8] = {
        guard let value = X509_CRL_get_ext_d2i(pointer, NID_crl_number, nil, nil) else {
            ERR_clear_error()
            return []
        }
        let integer = value.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer { ASN1_INTEGER_free(integer) }
        return Array(octets(integer).drop { $0 == 0 })
    }()

    /// Whether this list came after another one of the same issuer.
    func isNewer(than other: RevocationList) -> Bool {
        guard number != other.number, !number.isEmpty, !other.number.isEmpty else {
            return thisUpdate > other.thisUpdate
        }
        return number.count == other.number.count
            ? other.number.lexicographicallyPrecedes(number) : number.count > other.number.count
    }

    package var revokedCount: Int { max(0, Int(swand_revoked_count(pointer))) }

    /// When, and why, the list says that the certificate was revoked; `nil` where it does not say so.
    func revocation(of certificate: Certificate) -> String? {
        var entry: OpaquePointer?
        // 2 stands for an entry that a delta list takes back.
        guard X509_CRL_get0_by_cert(pointer, &entry, certificate.pointer) == 1 else { return nil }
        let date = seconds(X509_REVOKED_get0_revocationDate(entry)).map(calendarTime) ?? "an unreadable date"
        return "\(date), reason: \(Self.reason(entry))"
    }

    /// RFC 5280 §5.3.1
    private static func reason(_ entry: OpaquePointer?) -> String {
        guard let value = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nil, nil) else {
            ERR_clear_error()
            return "unspecified"
        }
        let number = value.assumingMemoryBound(to: ASN1_ENUMERATED.self)
        defer { ASN1_ENUMERATED_free(number) }
        let names: [Int: String] = [
            1: "key compromise", 2: "ca compromise", 3: "affiliation changed", 4: "superseded",
            5: "cessation of operation", 6: "certificate hold", 9: "privilege withdrawn", 10: "aa compromise",
        ]
        return names[ASN1_ENUMERATED_get(number)] ?? "unspecified"
    }

    /// Whether the list is by this CA; the signature is checked once for each key.
    func isIssued(by authority: Certificate) -> Bool {
        guard issuer.isSame(as: authority.subject), let key = authority.publicKey else { return false }
        if goodIssuers.contains(key.subjectPublicKeyInfo) { return true }
        guard X509_CRL_verify(pointer, key.pointer) == 1 else {
            ERR_clear_error()
            return false
        }
        goodIssuers.insert(key.subjectPublicKeyInfo)
        return true
    }

    /// Whether an extension that must be understood is not, or the list speaks for part of the certificates only: such
    /// a list can revoke, but its silence says nothing.
    private(set) lazy var isPartial: Bool =
        X509_CRL_get_ext_by_NID(pointer, NID_issuing_distribution_point, -1) >= 0
        || isDelta || hasUnknownCriticalExtension

    /// Whether the list holds only what changed after another one (RFC 5280 §5.2.4).
    private(set) lazy var isDelta: Bool = X509_CRL_get_ext_by_NID(pointer, NID_delta_crl, -1) >= 0

    private var hasUnknownCriticalExtension: Bool {
        (0..<X509_CRL_get_ext_count(pointer)).contains { index in
            let ext = X509_CRL_get_ext(pointer, index)
            return X509_EXTENSION_get_critical(ext) == 1 && X509_supported_extension(ext) == 0
        }
    }
}
