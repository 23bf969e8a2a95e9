package import CryptoInterface
package import IPsecModel
import Wire

// What configurations and the commands load-cert, load-key, load-shared, unload-*, get-*, list-certs, flush-certs and
// clear-creds do.

extension MemoryCredentialStore {
    /// - Throws: ``CredentialError/constraint(subject:reason:)`` for a CA that is none.
    package func load(
        _ certificate: Certificate, flag: CertificateFlag = .none, from source: CredentialSource
    ) throws(CredentialError) {
        if flag == .ca, !certificate.isCA {
            throw .constraint(
                subject: certificate.subject.description, reason: "a CA certificate needs the CA basic constraint")
        }
        change(source) { $0.add(certificate, flag) }
    }

    /// A raw public key, for peers whose identity is its key identifier.
    package func load(_ key: PublicKey, from source: CredentialSource) {
        change(source) { $0.add(key) }
    }

    /// Raw public keys of all sources, each with whether its private key is here.
    package func listPublicKeys() -> [(key: PublicKey, hasPrivateKey: Bool)] {
        let keys = privateKeysByPublicKey
        return layers.flatMap(\.publicKeys).map { ($0, keys[$0.subjectPublicKeyInfo] != nil) }
    }

    /// Whether the private key of a SubjectPublicKeyInfo is here.
    package func hasPrivateKey(of subjectPublicKeyInfo: [UInt8]) -> Bool {
        privateKeysByPublicKey[subjectPublicKeyInfo] != nil
    }

    /// - Returns: the identifier under which `unload(privateKey:from:)` finds it: SHA-1 of the key bits.
    @discardableResult
    package func load(_ key: PrivateKey, from source: CredentialSource) -> String {
        change(source) { $0.add(key) }
        return Self.identifier(key)
    }

    /// A key with the same name is replaced.
    package func load(_ key: SharedKey, from source: CredentialSource) {
        sharedKeys.add(key, from: source)
    }

    /// - Returns: `false` where a newer list of the issuer is loaded already.
    @discardableResult
    package func load(_ list: RevocationList, from source: CredentialSource) -> Bool {
        let authorities = authorities
        return change(source) { $0.add(list, authorities: authorities) }
    }

    /// Takes a private key away; `false` if the source has none with this identifier.
    package func unload(privateKey identifier: String, from source: CredentialSource) -> Bool {
        guard let octets = bytes(hexadecimal: identifier) else { return false }
        return change(source) { layer in
            let before = layer.privateKeys.count
            layer.privateKeys.removeAll { $0.keyIdentifiers.contains(octets) }
            return layer.privateKeys.count < before
        }
    }

    /// Takes a shared key away; `false` if the source has none with this name.
    package func unload(sharedKey id: String, from source: CredentialSource) -> Bool {
        sharedKeys.remove(id, from: source)
    }

    /// Takes a certificate away under every flag; `false` if the source has none with this DER.
    package func unload(certificate der: [UInt8], from source: CredentialSource) -> Bool {
        change(source) { layer in
            let before = layer.certificates.count
            layer.certificates.removeAll { $0.certificate.der == der }
            return layer.certificates.count < before
        }
    }

    /// Everything that the source loaded goes.
    package func clear(_ source: CredentialSource) {
        change(source) { $0 = CredentialLayer() }
        sharedKeys.clear(source)
    }

    /// What was concluded from certificates is forgotten; the certificates stay.
    package func flushCache() { changed() }

    // MARK: Names for the log

    package func subject(ofCertificate der: [UInt8]) -> String? { (try? Certificate(der: der))?.subject.description }

    package func subject(ofAuthority hash: [UInt8]) -> String? {
        authorities.first { $0.publicKeyHash == hash }?.subject.description
    }

    // MARK: Lists

    /// Identifiers of private keys in hexadecimal.
    package func privateKeyIdentifiers(from source: CredentialSource) -> [String] {
        layers[source.rawValue].privateKeys.map(Self.identifier)
    }

    /// Names of shared keys that have one.
    package func sharedKeyNames(from source: CredentialSource) -> [String] {
        sharedKeys.names(from: source)
    }

    /// Certificates of all sources, each with whether its private key is here.
    package func listCertificates(
        flag: CertificateFlag? = nil, subject: Identification? = nil
    ) -> [(certificate: Certificate, flag: CertificateFlag, hasPrivateKey: Bool)] {
        let keys = privateKeysByPublicKey
        return certificates.filter { loaded in
            (flag == nil || loaded.flag == flag) && (subject.map(loaded.certificate.isListed(under:)) ?? true)
        }.map { ($0.certificate, $0.flag, keys[$0.certificate.subjectPublicKeyInfo] != nil) }
    }

    package func listRevocationLists() -> [RevocationList] { revocationLists }

    private static func identifier(_ key: PrivateKey) -> String { hexadecimal(key.keyIdentifiers.first ?? []) }
}

extension Certificate {
    fileprivate func isListed(under subject: Identification) -> Bool {
        subject.kind == .any || self.subject.matches(pattern: subject) != nil || confirms(subject)
    }
}
