package import CryptoInterface
package import IKESA
package import IPsecModel

/// What the daemon is put together from: the substitutable parts, chosen by the executable or by a test.
package struct DaemonParts {
    package var crypto: any CryptoProvider
    package var backend: KernelBackend
    package var credentials: any CredentialStore
    package var engineSettings: EngineSettings
    package var viciSocket: String
    /// Reads an identity from configuration text.
    package var identify: (String) -> Identification?
    /// The subject of a certificate for listings and defaults.
    package var certificateSubject: ([UInt8]) -> String

    package init(
        crypto: any CryptoProvider, backend: KernelBackend, credentials: any CredentialStore,
        engineSettings: EngineSettings, viciSocket: String, identify: @escaping (String) -> Identification?,
        certificateSubject: @escaping ([UInt8]) -> String
    ) {
        self.crypto = crypto
        self.backend = backend
        self.credentials = credentials
        self.engineSettings = engineSettings
        self.viciSocket = viciSocket
        self.identify = identify
        self.certificateSubject = certificateSubject
    }
}
