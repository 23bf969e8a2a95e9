import COpenSSL
package import IPsecModel

extension Certificate {
    func readFlags() -> CertificateFlags {
        let bits = X509_get_extension_flags(pointer)
        var flags: CertificateFlags = []
        if bits & UInt32(EXFLAG_CA) != 0 { flags.insert(.ca) }
        if bits & UInt32(EXFLAG_SS) != 0 { flags.insert(.selfSigned) }
        if bits & UInt32(EXFLAG_KUSAGE) != 0, X509_get_key_usage(pointer) & UInt32(KU_CRL_SIGN) != 0 {
            flags.insert(.crlSign)
        }
        return flags.union(readExtendedUsages())
    }

    /// Whether the key may make signatures other than on certificates; a certificate that does not say may.
    var maySign: Bool {
        guard X509_get_extension_flags(pointer) & UInt32(EXFLAG_KUSAGE) != 0 else { return true }
        return X509_get_key_usage(pointer) & UInt32(KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION) != 0
    }

    private func readExtendedUsages() -> CertificateFlags {
        guard let usages = X509_get_ext_d2i(pointer, NID_ext_key_usage, nil, nil).map({ OpaquePointer($0) }) else {
            ERR_clear_error()
            return []
        }
        defer { EXTENDED_KEY_USAGE_free(usages) }
        var flags: CertificateFlags = []
        for index in 0..<max(0, swand_usage_count(usages)) {
            switch swand_usage_nid_at(usages, index) {
            case NID_server_auth: flags.insert(.serverAuth)
            case NID_client_auth: flags.insert(.clientAuth)
            case NID_OCSP_sign: flags.insert(.ocspSigning)
            case NID_ms_smartcard_login: flags.insert(.smartcardLogon)
            case NID_ipsec_IKE: flags.insert(.ikeIntermediate)
            default: flags.formUnion(swand_usage_is_ike_intermediate(usages, index) == 1 ? .ikeIntermediate : [])
            }
        }
        return flags
    }

    func readAlternativeNames() -> [Identification] {
        guard let names = X509_get_ext_d2i(pointer, NID_subject_alt_name, nil, nil).map({ OpaquePointer($0) }) else {
            ERR_clear_error()
            return []
        }
        defer { GENERAL_NAMES_free(names) }
        return (0..<max(0, swand_name_count(names))).compactMap { Self.identity(swand_name_at(names, $0)) }
    }

    private static func identity(_ name: UnsafeMutablePointer<GENERAL_NAME>?) -> Identification? {
        guard let name else { return nil }
        var type: Int32 = -1
        guard let value = GENERAL_NAME_get0_value(name, &type) else { return nil }
        switch type {
        case GEN_DIRNAME: return identity(OpaquePointer(value))
        case GEN_DNS: return text(.fqdn, value)
        case GEN_EMAIL: return text(.rfc822Address, value)
        case GEN_IPADD:
            let address = octets(UnsafePointer(value.assumingMemoryBound(to: ASN1_STRING.self)))
            return IPAddress(bytes: address).map(Identification.init(address:))
        default: return nil
        }
    }

    /// A name of visible ASCII; one with a zero or a space in it is no name at all and speaks for nobody.
    private static func text(_ kind: Identification.Kind, _ value: UnsafeMutableRawPointer) -> Identification? {
        let data = octets(UnsafePointer(value.assumingMemoryBound(to: ASN1_STRING.self)))
        guard !data.isEmpty, data.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        return Identification(kind: kind, data: data)
    }

    func readPolicies() -> [String] {
        guard let policies = X509_get_ext_d2i(pointer, NID_certificate_policies, nil, nil).map({ OpaquePointer($0) })
        else {
            ERR_clear_error()
            return []
        }
        defer { CERTIFICATEPOLICIES_free(policies) }
        return (0..<max(0, swand_policy_count(policies))).compactMap { index in
            var text = [CChar](repeating: 0, count: 256)
            let length = Int(swand_policy_text(policies, index, &text, Int32(text.count)))
            guard length > 0, length < text.count else { return nil }
            return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    func readRevocationURIs() -> [String] {
        let extracted = X509_get_ext_d2i(pointer, NID_crl_distribution_points, nil, nil)
        guard let points = extracted.map({ OpaquePointer($0) }) else {
            ERR_clear_error()
            return []
        }
        defer { CRL_DIST_POINTS_free(points) }
        return (0..<max(0, swand_distribution_point_count(points))).flatMap { index -> [String] in
            guard let names = swand_distribution_point_name(points, index) else { return [] }
            return (0..<max(0, swand_name_count(names))).compactMap { Self.uri(swand_name_at(names, $0)) }
        }
    }

    private static func uri(_ name: UnsafeMutablePointer<GENERAL_NAME>?) -> String? {
        guard let name else { return nil }
        var type: Int32 = -1
        guard let value = GENERAL_NAME_get0_value(name, &type), type == GEN_URI else { return nil }
        let data = octets(UnsafePointer(value.assumingMemoryBound(to: ASN1_STRING.self)))
        return data.allSatisfy { (0x21...0x7e).contains($0) } ? String(decoding: data, as: UTF8.self) : nil
    }
}

// MARK: - Identities

extension Certificate {
    /// Whether the certificate speaks for the identity: as its subject, exactly as one of its alternative names, or by
    /// key identifier. A wildcard in a certificate is no wildcard here.
    ///
    /// - Parameter names: whether the subject may have the same parts in another order; none may be missing.
    package func confirms(_ identity: Identification, names: NameMatching = .strict) -> Bool {
        switch identity.kind {
        case .any: false
        case .keyID:
            identity.data == subjectKeyIdentifier || identity.data == publicKeyHash
                || publicKey?.keyIdentifiers.contains(identity.data) == true
        case .derASN1DN:
            subject.isSame(as: identity) || isAlternativeName(identity)
                || names != .strict && subject.isSame(as: identity, names: .reordered)
        case .ipv4Address, .ipv6Address, .fqdn, .rfc822Address, .derASN1GN: isAlternativeName(identity)
        }
    }

    private func isAlternativeName(_ identity: Identification) -> Bool {
        subjectAlternativeNames.contains { $0.isSame(as: identity) }
    }
}

extension Certificate {
    /// Whether names, key identifiers and uses let this certificate be the issuer of another; no signature is checked.
    func isIssuer(of other: Certificate) -> Bool {
        X509_check_issued(pointer, other.pointer) == X509_V_OK
    }
}
