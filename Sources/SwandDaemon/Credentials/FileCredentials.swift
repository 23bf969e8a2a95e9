package import Configuration
import CryptoInterface
import IPsecModel
package import PKI

/// The credentials of ipsec.secrets, the `ca` sections of ipsec.conf and the folders beside it, read but not yet in
/// force.
package struct FileCredentials {
    private var keys: [PrivateKey] = []
    private var sharedKeys: [SharedKey] = []
    private var certificates: [(certificate: Certificate, flag: CertificateFlag)] = []
    private var revocationLists: [RevocationList] = []
    /// What could not be read, as sentences that name the file.
    package private(set) var problems: [String] = []

    package init() {}

    /// Takes over what ipsec.secrets says.
    package mutating func add(_ secrets: [IPsecSecret]) {
        for entry in secrets {
            switch entry.kind {
            case .preShared(let secret): add(.ike, secret, entry)
            case .password(let secret, let use): add(use == .eap ? .eap : .xauth, secret, entry)
            case .ntlmHash(let secret): add(.ntlm, secret, entry)
            case .privateKey(let file): addKey(file)
            case .container(let file): addContainer(file)
            }
        }
    }

    private mutating func add(_ use: SharedKey.Use, _ secret: SecretBytes, _ entry: IPsecSecret) {
        sharedKeys.append(SharedKey(use: use, secret: secret, owners: entry.owners))
    }

    private mutating func addKey(_ file: IPsecSecret.KeyFile) {
        do throws(CryptoError) {
            keys.append(try PrivateKey(secret: file.contents, passphrase: file.passphrase))
        } catch {
            problems.append("\(file.path): \(error.description)")
        }
    }

    private mutating func addContainer(_ file: IPsecSecret.KeyFile) {
        do throws(CryptoError) {
            let passphrase = file.passphrase ?? SecretBytes(copying: [])
            let contents = file.contents.withUnsafeBytes { Array($0) }
            let container = try PKCS12Container(data: contents, passphrase: passphrase)
            if let key = container.privateKey { keys.append(key) }
            certificates += container.certificates.map { ($0, $0.isCA ? .ca : .none) }
        } catch {
            problems.append("\(file.path): \(error.description)")
        }
    }

    /// Takes over the certificates of `ca` sections.
    package mutating func add(_ authorities: [AuthorityConfig]) {
        for authority in authorities {
            for der in authority.certificates { addCertificates(der, .ca, from: "ca \(authority.name)") }
        }
    }

    /// Reads `cacerts` and `crls` below `/etc/ipsec.d`; files that are neither are named and passed over.
    package mutating func readFolders(_ directories: IPsecDirectories, files: any ConfigurationFiles) {
        for path in files.glob(directories.authorities + "/*") {
            guard let data = read(path, files) else { continue }
            addCertificates(data, .ca, from: path)
        }
        for path in files.glob(directories.base + "/crls/*") {
            guard let data = read(path, files) else { continue }
            do throws(CredentialError) {
                revocationLists.append(try RevocationList(data: data))
            } catch {
                problems.append("\(path): \(error.description)")
            }
        }
    }

    private mutating func read(_ path: String, _ files: any ConfigurationFiles) -> [UInt8]? {
        do throws(FileFailure) {
            return try files.read(path)
        } catch {
            problems.append("\(path): \(error.reason)")
            return nil
        }
    }

    private mutating func addCertificates(_ data: [UInt8], _ flag: CertificateFlag, from place: String) {
        do throws(CredentialError) {
            certificates += try Certificate.all(in: data).map { ($0, flag) }
        } catch {
            problems.append("\(place): \(error.description)")
        }
    }

    /// Puts everything in the place of what the files said before.
    ///
    /// - Returns: what the store refuses.
    package func replace(in store: MemoryCredentialStore) -> [String] {
        var refused: [String] = []
        store.clear(.files)
        keys.forEach { store.load($0, from: .files) }
        sharedKeys.forEach { store.load($0, from: .files) }
        revocationLists.forEach { store.load($0, from: .files) }
        for (certificate, flag) in certificates {
            do throws(CredentialError) {
                try store.load(certificate, flag: flag, from: .files)
            } catch {
                refused.append(error.description)
            }
        }
        return refused
    }
}
