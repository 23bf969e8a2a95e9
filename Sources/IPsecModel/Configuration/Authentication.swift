/// How a side proves who it is.
package enum AuthenticationMethod: Hashable, Sendable {
    case pubkey
    case psk
    /// Not yet offered by the daemon; kept so that the connection can be listed and refused by name.
    case eap(String)
    case xauth(String)
}

/// One round of our own authentication (`local<suffix>`).
package struct LocalAuthentication: Sendable, Equatable {
    package var round = 0
    package var method: AuthenticationMethod = .pubkey
    /// `nil`: the subject of the certificate, otherwise our address.
    package var identity: Identification?
    package var eapIdentity: Identification?
    package var aaaIdentity: Identification?
    package var xauthIdentity: String?
    /// DER of the configured certificates, in order of preference.
    package var certificates: [[UInt8]] = []
    /// SubjectPublicKeyInfo of configured raw public keys.
    package var publicKeys: [[UInt8]] = []
    /// Signature schemes that we may use, in order of preference (`auth=rsa/pss-sha256`); empty: what the key can.
    package var schemes: [SignatureConstraint] = []
    package init() {}
}

/// One round of the peer's authentication and what it must fulfil (`remote<suffix>`).
package struct RemoteAuthentication: Sendable, Equatable {
    package var round = 0
    package var method: AuthenticationMethod = .pubkey
    package var identity: IdentityPattern = .any
    package var eapIdentity: Identification?
    package var groups: [String] = []
    package var certificatePolicies: [String] = []
    /// DER of the end-entity certificates that are accepted; empty: any that a CA vouches for.
    package var certificates: [[UInt8]] = []
    /// DER of the CA certificates, one of which must be in the chain; empty: any trusted CA.
    package var authorities: [[UInt8]] = []
    /// Subject that the issuing CA must have (`rightca=`, `ca_id`).
    package var authorityIdentity: Identification?
    /// SubjectPublicKeyInfo of accepted raw public keys.
    package var publicKeys: [[UInt8]] = []
    package var revocation: Revocation = .relaxed
    /// Least key sizes and accepted schemes; empty: any.
    package var schemes: [SignatureConstraint] = []
    package init() {}

    package enum Revocation: Sendable { case relaxed, ifURI, strict }
}

/// One alternative of `auth=rsa-2048-sha256…` constraints: a key type, its least size, and hashes.
package struct SignatureConstraint: Hashable, Sendable {
    package enum Key: Hashable, Sendable { case any, rsa, rsaPSS, ecdsa, ed25519, ed448 }
    package var key: Key
    /// Bits; 0: any.
    package var leastBits: Int
    /// Hash names in lower case (`sha256`); empty: any.
    package var hashes: [String]
    /// `ike:` prefix: concerns the signature in IKE only, not the chain.
    package var onlyIKE: Bool

    package init(key: Key, leastBits: Int = 0, hashes: [String] = [], onlyIKE: Bool = false) {
        self.key = key
        self.leastBits = leastBits
        self.hashes = hashes
        self.onlyIKE = onlyIKE
    }
}

/// What a peer's identity must look like.
package enum IdentityPattern: Hashable, Sendable {
    case any
    /// An identity in which `*` may stand for a label, a relative DN value, or the user part.
    case identity(Identification)
    /// POSIX extended regular expression on the text form, for identities of one kind (`fqdn:^..$`).
    case regex(kind: Identification.Kind, pattern: String)
}
