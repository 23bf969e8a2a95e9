package import Configuration
package import CryptoInterface
import IPsecModel
package import PKI

/// Certification authorities by name, and their certificates in the credential store.
package final class AuthorityStore {
    private let credentials: MemoryCredentialStore
    private var fromFiles: [AuthorityConfig] = []
    private var fromControl: [AuthorityConfig] = []

    package init(credentials: MemoryCredentialStore) { self.credentials = credentials }

    /// Of control clients, in the order of loading.
    package var controlNames: [String] { fromControl.map(\.name) }

    package var all: [AuthorityConfig] {
        let names = Set(controlNames)
        return fromFiles.filter { !names.contains($0.name) } + fromControl
    }

    /// Adds an authority of a control client or puts it in the place of its predecessor.
    package func load(_ authority: AuthorityConfig) throws(CredentialError) {
        let certificates = try Self.certificates(of: authority)
        _ = unload(authority.name)
        for certificate in certificates { try credentials.load(certificate, flag: .ca, from: .control) }
        fromControl.append(authority)
    }

    /// Takes an authority of a control client away; `false` if there is none of that name.
    package func unload(_ name: String) -> Bool {
        guard let index = fromControl.firstIndex(where: { $0.name == name }) else { return false }
        let gone = fromControl.remove(at: index)
        let kept = Set(fromControl.flatMap(\.certificates))
        for der in gone.certificates where !kept.contains(der) {
            _ = credentials.unload(certificate: der, from: .control)
        }
        return true
    }

    /// The `ca` sections of ipsec.conf; their certificates are loaded with the other files.
    package func replaceFiles(_ authorities: [AuthorityConfig]) { fromFiles = authorities }

    /// Loads certificates again after all credentials of control clients were cleared: an authority is no credential.
    package func restore() {
        for authority in fromControl {
            for certificate in (try? Self.certificates(of: authority)) ?? [] {
                try? credentials.load(certificate, flag: .ca, from: .control)
            }
        }
    }

    private static func certificates(of authority: AuthorityConfig) throws(CredentialError) -> [Certificate] {
        var certificates: [Certificate] = []
        for der in authority.certificates { certificates.append(try Certificate(der: der)) }
        return certificates
    }
}
