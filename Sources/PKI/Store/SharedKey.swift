package import CryptoInterface
package import IPsecModel

/// A secret that two sides know, and whose it is.
package struct SharedKey {
    /// What it is for; raw values are the words of `load-shared`.
    package enum Use: String, Sendable, CaseIterable {
        case ike = "IKE"
        case eap = "EAP"
        case xauth = "XAUTH"
        case ntlm = "NTLM"
        case ppk = "PPK"
    }

    /// The name under which it is replaced, listed and unloaded; `nil` for one that is only cleared.
    package var id: String?
    package var use: Use
    package var secret: SecretBytes
    /// Whose it is; nobody named: everybody's.
    package var owners: [Identification]

    package init(id: String? = nil, use: Use = .ike, secret: SecretBytes, owners: [Identification] = []) {
        self.id = id
        self.use = use
        self.secret = secret
        self.owners = owners
    }

    /// How well the key fits: the peer's identity counts first, then ours. One of the two has to fit; a key names its
    /// peers, or ourselves, or both.
    func quality(local: Identification, remote: Identification) -> (remote: Int, local: Int)? {
        let remoteQuality = quality(remote)
        let localQuality = quality(local)
        return remoteQuality > 0 || localQuality > 0 ? (remoteQuality, localQuality) : nil
    }

    private func quality(_ identity: Identification) -> Int {
        if owners.isEmpty { return Identification.MatchQuality.any }
        return owners.compactMap { identity.matches(pattern: $0) }.max() ?? 0
    }
}
