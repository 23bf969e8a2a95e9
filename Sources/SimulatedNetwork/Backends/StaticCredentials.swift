package import CryptoInterface
package import IPsecModel

/// Pre-shared keys, post-quantum ones among them, and nothing else.
package final class StaticCredentials: CredentialStore {
    private struct Owners: Hashable {
        let local: Identification
        let remote: Identification
    }

    private var keys: [Owners: SecretBytes] = [:]

    private var ppks: [[UInt8]: SecretBytes] = [:]

    package init() {}

    package func setKey(_ key: String, local: Identification, remote: Identification) {
        keys[Owners(local: local, remote: remote)] = SecretBytes(copying: Array(key.utf8))
    }

    package func sharedKey(local: Identification, remote: Identification) -> SecretBytes? {
        keys[Owners(local: local, remote: remote)]
    }

    package func setPPK(_ key: String, id: Identification) { ppks[id.data] = SecretBytes(copying: Array(key.utf8)) }

    package func ppk(id: [UInt8]) -> SecretBytes? { ppks[id] }

    package var hasPPK: Bool { !ppks.isEmpty }

    package func localCredential(
        for authentication: LocalAuthentication, authorities: [[UInt8]]
    ) throws(CredentialError) -> LocalCredential {
        throw .noPrivateKey(identity: authentication.identity.map { "\($0)" } ?? "%any", reason: "there are none")
    }

    package func acceptedAuthorities(for authentication: RemoteAuthentication?) -> [[UInt8]] { [] }

    package func verifiedPeerKeys(
        identity: Identification, certificates: [[UInt8]], authentication: RemoteAuthentication,
        trail: inout [String]
    ) throws(CredentialError) -> [any VerificationKey] {
        throw .noCertificate(identity: "\(identity)")
    }
}
