package import CryptoInterface
import IPsecModel

/// What the core is given to work with: the two substitutable walls, the credentials, and the settings.
///
/// One a shard; everything in it is used from the shard's loop only.
package final class CoreEnvironment {
    package let crypto: any CryptoProvider
    package let kernel: any Kernel
    package let credentials: any CredentialStore
    package var settings: EngineSettings

    package init(
        crypto: any CryptoProvider, kernel: any Kernel, credentials: any CredentialStore,
        settings: EngineSettings = EngineSettings()
    ) {
        self.crypto = crypto
        self.kernel = kernel
        self.credentials = credentials
        self.settings = settings
    }

    /// Random bytes that the wire shows.
    package func publicRandom(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.initialize(repeating: 0)
            crypto.publicRandom(UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    package func randomUInt64() -> UInt64 {
        publicRandom(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Evenly distributed over 0 ... `limit`.
    package func random(upTo limit: UInt64) -> UInt64 {
        limit == .max ? randomUInt64() : randomUInt64() % (limit + 1)
    }

    /// A random part of `duration`, for jitter.
    package func random(upTo duration: Duration) -> Duration {
        let whole = max(0, duration.inMicroseconds)
        return .microseconds(Int64(random(upTo: UInt64(whole))))
    }
}
