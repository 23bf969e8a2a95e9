import CryptoInterface
package import IPsecModel
import PKI

/// What `swand --check` says about connections whose secrets, keys or certificates are not there or no longer good.
///
/// Only files are looked at: what control clients load comes in addition.
package struct CredentialAudit {
    private let store: MemoryCredentialStore
    private let now: Int64

    package init(_ credentials: FileCredentials, timeOfDay: (() -> Int64)? = nil) {
        store = timeOfDay.map(MemoryCredentialStore.init(timeOfDay:)) ?? MemoryCredentialStore()
        now = store.presentTime
        _ = credentials.replace(in: store)
    }

    /// One line a problem, with the place of the connection in front.
    package func problems(of connections: [PeerConfig]) -> [String] {
        connections.flatMap { peer in
            problems(of: peer).map { "\(peer.source):1: warning: connection '\(peer.name)': \($0)" }
        }
    }

    private func problems(of peer: PeerConfig) -> [String] {
        guard let local = peer.local.first, let remote = peer.remote.first,
            !peer.children.allSatisfy(\.mode.isShunt) || peer.children.isEmpty
        else { return [] }
        return own(local, remote, peer) + others(remote, local, peer)
    }

    private func own(_ local: LocalAuthentication, _ remote: RemoteAuthentication, _ peer: PeerConfig) -> [String] {
        switch local.method {
        case .psk: return sharedKey(local, remote, peer)
        case .pubkey: return certificate(local, peer)
        case .eap, .xauth: return []
        }
    }

    private func sharedKey(
        _ local: LocalAuthentication, _ remote: RemoteAuthentication, _ peer: PeerConfig
    ) -> [String] {
        let ours = local.identity ?? Self.address(peer.localAddresses)
        let theirs = Self.exact(remote.identity) ?? Self.address(peer.remoteAddresses)
        guard store.sharedKey(local: ours ?? .any, remote: theirs ?? .any) == nil else { return [] }
        func name(_ identity: Identification?) -> String { identity.map { "\($0)" } ?? "%any" }
        return ["no shared key found for '\(name(ours))' - '\(name(theirs))' in the secrets"]
    }

    private func certificate(_ local: LocalAuthentication, _ peer: PeerConfig) -> [String] {
        var round = local
        if round.certificates.isEmpty, round.publicKeys.isEmpty, round.identity == nil {
            round.identity = Self.address(peer.localAddresses)
        }
        do throws(CredentialError) {
            let credential = try store.localCredential(for: round, authorities: [])
            guard let first = credential.chain.first else { return [] }
            let certificate = try Certificate(der: first)
            let subject = certificate.subject.description
            if certificate.notAfter < now {
                return ["\(CredentialError.expired(subject: subject, notAfter: certificate.expiryText))"]
            }
            if now < certificate.notBefore { return ["the certificate '\(subject)' is not valid yet"] }
            return []
        } catch {
            return [error.description]
        }
    }

    private func others(_ remote: RemoteAuthentication, _ local: LocalAuthentication, _ peer: PeerConfig) -> [String] {
        guard remote.method == .pubkey, remote.certificates.isEmpty, remote.publicKeys.isEmpty,
            remote.authorities.isEmpty, store.acceptedAuthorities(for: nil).isEmpty
        else { return [] }
        return ["no CA certificate is there, so no peer's certificate will be believed"]
    }

    private static func exact(_ pattern: IdentityPattern) -> Identification? {
        guard case .identity(let identity) = pattern, !identity.hasWildcards else { return nil }
        return identity
    }

    private static func address(_ patterns: [HostPattern]) -> Identification? {
        guard patterns.count == 1, case .address(let address) = patterns[0] else { return nil }
        return Identification(address: address)
    }
}
