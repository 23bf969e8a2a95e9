import COpenSSL
package import CryptoInterface
package import IPsecModel

/// An X.509 certificate (RFC 5280); parts are read from it when they are first asked for.
///
/// Like all of this target it belongs to one thread.
package final class Certificate {
    let pointer: OpaquePointer
    package let der: [UInt8]

    /// Takes over a reference to `pointer`.
    init(taking pointer: OpaquePointer) {
        self.pointer = pointer
        der = encoded { i2d_X509(pointer, $0) }
    }

    private init(_ pointer: OpaquePointer, der: [UInt8]) {
        self.pointer = pointer
        self.der = der
    }

    /// Reads one certificate in DER.
    package convenience init(der: [UInt8]) throws(CredentialError) {
        guard let pointer = decoded(der, { d2i_X509(nil, $0, $1) }, free: X509_free) else {
            throw .unreadable("no X.509 certificate in DER")
        }
        self.init(pointer, der: der)
    }

    deinit { X509_free(pointer) }

    /// All certificates of a file, in order: PEM with any number of them and other text between, or one in DER.
    ///
    /// - Throws: ``CredentialError/unreadable(_:)`` where there is none, or one that cannot be read.
    package static func all(in data: [UInt8]) throws(CredentialError) -> [Certificate] {
        guard data.withUnsafeBytes(isPEM) else { return [try Certificate(der: data)] }
        var certificates: [Certificate] = []
        var reason: String?
        data.withUnsafeBytes { octets in
            _ = withMemoryBIO(octets) { bio -> Void? in
                while let pointer = PEM_read_bio_X509(bio, nil, answerPassphrase, nil) {
                    certificates.append(Certificate(taking: pointer))
                }
                // The end of the file is reported as a missing start line.
                let code = ERR_peek_last_error()
                let isEnd = swand_error_is(code, ERR_LIB_PEM, PEM_R_NO_START_LINE) == 1
                reason = isEnd ? nil : libcryptoReason()
                return nil
            }
        }
        ERR_clear_error()
        if let reason { throw .unreadable("certificate \(certificates.count + 1): \(reason)") }
        guard !certificates.isEmpty else { throw .unreadable("no certificate in it") }
        return certificates
    }

    // MARK: Names

    /// The subject as an identity of kind ``Identification/Kind/derASN1DN``.
    package private(set) lazy var subject = Self.identity(X509_get_subject_name(pointer))
    package private(set) lazy var issuer = Self.identity(X509_get_issuer_name(pointer))
    package private(set) lazy var subjectAlternativeNames: [Identification] = readAlternativeNames()

    static func identity(_ name: OpaquePointer?) -> Identification {
        Identification(kind: .derASN1DN, data: encoded { i2d_X509_NAME(name, $0) })
    }

    package private(set) lazy var serialNumber: [UInt8] = octets(X509_get0_serialNumber(pointer))

    // MARK: Validity

    /// Seconds since 1970; what cannot be read is never valid.
    package private(set) lazy var notBefore: Int64 = seconds(X509_get0_notBefore(pointer)) ?? .max
    package private(set) lazy var notAfter: Int64 = seconds(X509_get0_notAfter(pointer)) ?? .min

    /// The end of its validity, for messages.
    package var expiryText: String { calendarTime(notAfter) }

    // MARK: Keys

    /// The key that the certificate is about; `nil` for a kind that IKE does not sign with.
    package private(set) lazy var publicKey: PublicKey? = {
        guard let key = X509_get_pubkey(pointer) else {
            ERR_clear_error()
            return nil
        }
        return KeyHandle(key, .verify, subjectPublicKeyInfo: subjectPublicKeyInfo).map(PublicKey.init)
    }()

    package private(set) lazy var subjectPublicKeyInfo: [UInt8] = {
        let key = X509_get_X509_PUBKEY(pointer)
        return encoded { i2d_X509_PUBKEY(key, $0) }
    }()

    /// SHA-1 of the SubjectPublicKeyInfo, which CERTREQ payloads carry (RFC 7296 §3.7).
    package private(set) lazy var publicKeyHash: [UInt8] = sha1(subjectPublicKeyInfo)

    package private(set) lazy var subjectKeyIdentifier: [UInt8] = octets(X509_get0_subject_key_id(pointer))
    package private(set) lazy var authorityKeyIdentifier: [UInt8] = octets(X509_get0_authority_key_id(pointer))

    // MARK: Uses

    package private(set) lazy var flags: CertificateFlags = readFlags()
    package var isCA: Bool { flags.contains(.ca) }

    /// How many CAs may stand below this one; `nil` where it does not say.
    package private(set) lazy var pathLength: Int? = {
        let length = X509_get_pathlen(pointer)
        return length < 0 ? nil : length
    }()

    /// The hash of the signature on this certificate; `nil` for schemes that have none of their own.
    package private(set) lazy var signatureHash: HashAlgorithm? = {
        var digest: Int32 = 0
        guard X509_get_signature_info(pointer, &digest, nil, nil, nil) == 1 else {
            ERR_clear_error()
            return nil
        }
        return HashAlgorithm(nid: digest)
    }()

    /// Whether the signature on this certificate is RSASSA-PSS.
    package private(set) lazy var hasPSSSignature = X509_get_signature_nid(pointer) == NID_rsassaPss

    /// Certificate policies in dotted decimal.
    package private(set) lazy var policies: [String] = readPolicies()

    /// Where CRLs are offered.
    package private(set) lazy var revocationURIs: [String] = readRevocationURIs()
}

/// What a certificate may be used for, as listings show it.
package struct CertificateFlags: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let ca = Self(rawValue: 1)
    package static let crlSign = Self(rawValue: 2)
    package static let serverAuth = Self(rawValue: 4)
    package static let clientAuth = Self(rawValue: 8)
    package static let ocspSigning = Self(rawValue: 16)
    package static let ikeIntermediate = Self(rawValue: 32)
    package static let smartcardLogon = Self(rawValue: 64)
    package static let selfSigned = Self(rawValue: 128)

    /// `CA CRLSign serverAuth …`
    package var names: [String] {
        [
            (Self.ca, "CA"), (.crlSign, "CRLSign"), (.ocspSigning, "ocspSigning"), (.serverAuth, "serverAuth"),
            (.clientAuth, "clientAuth"), (.ikeIntermediate, "ikeIntermediate"), (.smartcardLogon, "msSmartcardLogon"),
            (.selfSigned, "self-signed"),
        ].filter { contains($0.0) }.map(\.1)
    }
}
