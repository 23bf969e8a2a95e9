package import CryptoInterface
package import IPsecModel

/// One entry of ipsec.secrets.
package struct IPsecSecret: Sendable {
    package enum Kind: Sendable {
        /// `PSK`
        case preShared(SecretBytes)
        /// `EAP`, `XAUTH`
        case password(SecretBytes, PasswordUse)
        /// `NTLM`: the MD4 hash of a password, 16 octets.
        case ntlmHash(SecretBytes)
        /// `RSA`, `ECDSA`, `PKCS8`
        case privateKey(KeyFile)
        /// `P12`: certificates and a private key.
        case container(KeyFile)
    }

    package enum PasswordUse: Sendable, Equatable { case eap, xauth }

    /// A file with a private key, as it was read.
    package struct KeyFile: Sendable {
        package var path: String
        package var type: KeyType
        package var contents: SecretBytes
        package var passphrase: SecretBytes?

        package init(path: String, type: KeyType, contents: SecretBytes, passphrase: SecretBytes? = nil) {
            self.path = path
            self.type = type
            self.contents = contents
            self.passphrase = passphrase
        }
    }

    package enum KeyType: String, Sendable, Equatable {
        case any = "PKCS8"
        case rsa = "RSA"
        case ecdsa = "ECDSA"
    }

    package var kind: Kind
    /// Whose secret it is: nobody's in particular where empty. Both ends of a pre-shared key may be named.
    package var owners: [Identification]
    package var location: SourceLocation

    package init(kind: Kind, owners: [Identification], location: SourceLocation) {
        self.kind = kind
        self.owners = owners
        self.location = location
    }
}

/// What ipsec.secrets says: the good entries, and what there is to tell about the others.
package struct IPsecSecrets: Sendable {
    package internal(set) var secrets: [IPsecSecret] = []
    package internal(set) var diagnostics: [Diagnostic] = []

    package init() {}

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Reads a file and all it includes. A key file that is missing is a warning; a secret that cannot be read is an
    /// error and costs that entry only.
    package static func load(
        path: String, files: any ConfigurationFiles, environment: ConfigurationEnvironment,
        directories: IPsecDirectories = IPsecDirectories()
    ) -> IPsecSecrets {
        var parser = IPsecSecretsParser(files: files, environment: environment, directories: directories)
        parser.readFile(path, from: SourceLocation(file: path, line: 1, column: 1), depth: 0)
        return parser.result
    }
}
