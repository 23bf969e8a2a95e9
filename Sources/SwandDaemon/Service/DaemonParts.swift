package import Configuration
package import CryptoInterface
package import PKI

/// What the daemon is put together from: the substitutable parts, chosen by the executable or by a test, and the
/// settings as they were read at start.
package struct DaemonParts {
    package var crypto: any CryptoProvider
    package var backend: KernelBackend
    package var credentials: MemoryCredentialStore
    package var settings: DaemonSettings
    package var files: any ConfigurationFiles

    package init(
        crypto: any CryptoProvider, backend: KernelBackend, credentials: MemoryCredentialStore,
        settings: DaemonSettings, files: any ConfigurationFiles
    ) {
        self.crypto = crypto
        self.backend = backend
        self.credentials = credentials
        self.settings = settings
        self.files = files
    }
}
