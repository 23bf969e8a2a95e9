package import CryptoInterface
package import IKESA
package import IPsecModel

package final class NoKernel: Kernel {
    package init() {}
    private func refuse() -> KernelError { KernelError(request: "x", code: 95, reason: "no kernel") }
    package func allocateSPI(_ protocolID: SecurityProtocol, source: IPAddress, destination: IPAddress) throws(KernelError) -> SPI { throw refuse() }
    package func allocateCPI(source: IPAddress, destination: IPAddress) throws(KernelError) -> SPI { throw refuse() }
    package func add(_ sa: SAParameters) throws(KernelError) { throw refuse() }
    package func update(_ sa: SAIdentifier, to new: SAAddresses) throws(KernelError) { throw refuse() }
    package func delete(_ sa: SAIdentifier) throws(KernelError) { throw refuse() }
    package func usage(of sa: SAIdentifier) throws(KernelError) -> SAUsage { throw refuse() }
    package func add(_ policy: PolicyParameters) throws(KernelError) { throw refuse() }
    package func delete(_ policy: PolicyParameters) throws(KernelError) { throw refuse() }
    package func idle(of policy: PolicyParameters) throws(KernelError) -> Duration? { throw refuse() }
    package func sourceAddress(toward destination: IPAddress) -> IPAddress? { nil }
    package func isLocal(_ address: IPAddress) -> Bool { false }
    package func interfaceName(of address: IPAddress) -> String? { nil }
}
package final class NoCredentials: CredentialStore {
    package init() {}
    package func sharedKey(local: Identification, remote: Identification) -> SecretBytes? { nil }
    package func localCredential(for authentication: LocalAuthentication, authorities: [[UInt8]]) throws(CredentialError) -> LocalCredential { throw .unreadable("") }
    package func acceptedAuthorities(for authentication: RemoteAuthentication?) -> [[UInt8]] { [] }
    package func verifiedPeerKeys(identity: Identification, certificates: [[UInt8]], authentication: RemoteAuthentication) throws(CredentialError) -> [any VerificationKey] { [] }
}
