import CryptoInterface
import IPsecModel
import PKI
import Testing

func certificate(_ pem: String) throws -> Certificate {
    try #require(try Certificate.all(in: Array(pem.utf8)).first)
}

func privateKey(_ pem: String, _ passphrase: String? = nil) throws -> PrivateKey {
    try PrivateKey(data: Array(pem.utf8), passphrase: passphrase.map { SecretBytes(copying: Array($0.utf8)) })
}

func base64(_ text: String) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var result: [UInt8] = []
    var bits = 0
    var count = 0
    for character in text {
        guard let value = alphabet.firstIndex(of: character) else { continue }
        bits = bits << 6 | value
        count += 6
        guard count >= 8 else { continue }
        count -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> count))
        bits &= (1 << count) - 1
    }
    return result
}

/// A time of day that tests move.
final class Calendar {
    var now = Fixtures.made + 60
    static let day: Int64 = 86_400
}

/// A store with the root as trust anchor, the clock a minute after the certificates were made.
func storeWithRoot(_ calendar: Calendar = Calendar()) throws -> MemoryCredentialStore {
    let store = MemoryCredentialStore { calendar.now }
    try store.load(certificate(Fixtures.root), flag: .ca, from: .control)
    return store
}

extension MemoryCredentialStore {
    /// What verification says, as a value.
    func verdict(
        _ identity: String, _ certificates: [String], _ authentication: RemoteAuthentication = RemoteAuthentication()
    ) -> CredentialError? {
        do throws(CredentialError) {
            let ders = certificates.map { (try? certificate($0).der) ?? [] }
            var trail: [String] = []
            let keys = try verifiedPeerKeys(
                identity: Identification(text: identity), certificates: ders, authentication: authentication, trail: &trail)
            return keys.isEmpty ? .noCertificate(identity: identity) : nil
        } catch {
            return error
        }
    }
}
